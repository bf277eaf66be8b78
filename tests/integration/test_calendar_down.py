"""The calendar server is down while mail comes: no mail waits for it, and the events arrive when it is back."""
import time
import unittest

from parts import Daemon, Key, Postfix, Radicale, event, mail, private_folder, processing_fields, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
users: [{static: [{user: bob, addresses: [bob@example.com]}]}]
backends:
  default: {type: caldav, url: "@radicale@/{user}/", calendar: default, username: milter, password_file: "@d@/password", timeout: 5s}
backend: default
address_books: [{type: file, path: "@d@/contacts"}]
queue: {retry: [1s], give_up_after: 1h}
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""


class CalendarDown(unittest.TestCase):
    def test_mail_is_not_delayed_and_the_events_arrive_later(self):
        folder = self.enterContext(private_folder())
        key = Key(folder, "example.org")
        (folder / "keys").write_text(f"{key.name} {key.text}\n")
        (folder / "contacts").write_text("carol@example.org\n")
        (folder / "password").write_text("pw-milter")
        radicale = Radicale(folder)
        radicale.make_calendar("bob")
        radicale.stop()
        daemon = Daemon(folder, CONFIG, radicale=radicale.url)
        self.addCleanup(daemon.stop)
        postfix = Postfix(folder, f"unix:{daemon.socket}")
        self.addCleanup(postfix.stop)

        started = time.monotonic()
        # An invitation from someone known is decided at once; an update of an event that only the calendar knows is decided later.
        postfix.send(key.sign(mail("REQUEST", event("down-1@example.org"), mid="d1")))
        postfix.send(key.sign(mail("CANCEL", event("down-1@example.org", sequence=1, stamp="20261121T100000Z", more=["STATUS:CANCELLED"]), mid="d2")))
        postfix.send(key.sign(mail("REQUEST", event("down-2@example.org"), mid="d3")))
        delivered = postfix.wait_delivered("bob", 3)
        self.assertLess(time.monotonic() - started, 20)
        for message in delivered:
            self.assertRegex(processing_fields(message)[0], "outcome=(queued|pending)")
        wait_for("a retry", lambda: daemon.lines(" retry "))
        self.assertEqual([], daemon.lines(" done "))

        radicale = Radicale(folder, radicale.port)
        self.addCleanup(radicale.stop)
        events = wait_for("both events", lambda: len(got := radicale.events("bob")) == 2 and got)
        wait_for("the cancellation to be in", lambda: "STATUS:CANCELLED" in "".join(radicale.events("bob")))
        events = radicale.events("bob")
        self.assertEqual(2, len(events))
        self.assertEqual(1, sum("STATUS:CANCELLED" in e for e in events))


if __name__ == "__main__":
    unittest.main()
