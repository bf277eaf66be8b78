"""The same message again is decided anew when its result is not in the calendar."""
import subprocess
import unittest

from parts import IMIPCTL, Daemon, Key, Radicale, event, mail, private_folder, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
users: [{static: [{user: bob, addresses: [bob@example.com]}]}]
backends: {default: {@backend@}}
backend: default
address_books: [{type: file, path: "@d@/contacts"}]
queue: {retry: [1s]}
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""


class Vdir:
    def __init__(self, folder):
        self.calendar = folder / "calendars" / "bob"
        self.backend = f'type: vdir, path: "{folder}/calendars/{{user}}"'

    def events(self) -> list[str]:
        return [file.read_text() for file in self.calendar.glob("*.ics")]

    def empty(self):
        for file in self.calendar.glob("*.ics"):
            file.unlink()


class Caldav:
    def __init__(self, folder, radicale):
        self.radicale = radicale
        (folder / "password").write_text("pw-milter")
        radicale.make_calendar("bob")
        self.backend = f'type: caldav, url: "{radicale.url}/{{user}}/", calendar: default, username: milter, password_file: "{folder}/password"'

    def events(self) -> list[str]:
        return self.radicale.events("bob")

    def empty(self):
        self.radicale.curl("-X", "DELETE", f"{self.radicale.url}/bob/default/", user="bob")
        self.radicale.make_calendar("bob")


class Again(unittest.TestCase):
    def begin(self, calendar):
        self.calendar = calendar
        self.key = Key(self.folder, "example.org")
        (self.folder / "keys").write_text(f"{self.key.name} {self.key.text}\n")
        (self.folder / "contacts").write_text("")
        self.daemon = Daemon(self.folder, CONFIG, backend=calendar.backend)
        self.addCleanup(self.daemon.stop)
        self.invitation = self.key.sign(mail("REQUEST", event("party@example.org")))

    def send(self, message: bytes):
        file = self.folder / "mail.eml"
        file.write_bytes(message)
        done = subprocess.run([IMIPCTL, "send", "--to", self.daemon.listen, "--from", "carol@example.org", "--recipient", "bob@example.com", file],
                              capture_output=True, text=True, timeout=60, check=True)
        self.daemon.settled()
        return done.stdout

    def story(self):
        self.send(self.invitation)
        self.assertEqual([], self.calendar.events(), "carol is a stranger")
        (self.folder / "contacts").write_text("carol@example.org\n")
        self.send(self.invitation)
        self.assertEqual(1, len(self.calendar.events()), "carol is in the address book now")
        self.send(self.invitation)
        self.assertEqual(1, len(self.calendar.events()), "it is applied once")
        self.assertTrue(self.daemon.lines(" done ", "duplicate"))
        self.calendar.empty()
        self.send(self.invitation)
        self.assertEqual(1, len(self.calendar.events()), "the event was deleted")
        self.send(self.key.sign(mail("CANCEL", event("party@example.org", sequence=1, stamp="20261121T100000Z", more=["STATUS:CANCELLED"]))))
        self.assertIn("STATUS:CANCELLED", self.calendar.events()[0])
        self.calendar.empty()
        self.send(self.invitation)
        self.assertEqual([], self.calendar.events(), "a cancelled event does not come back from an older message")

    def test_in_a_vdir(self):
        self.folder = self.enterContext(private_folder())
        self.begin(Vdir(self.folder))
        self.story()

    def test_on_a_caldav_server(self):
        self.folder = self.enterContext(private_folder())
        radicale = Radicale(self.folder)
        self.addCleanup(radicale.stop)
        self.begin(Caldav(self.folder, radicale))
        self.story()


if __name__ == "__main__":
    unittest.main()
