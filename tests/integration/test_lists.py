"""An address of several users: each of them has their own decision and copy."""
import subprocess
import unittest

from parts import IMIPCTL, Daemon, Key, Slapd, event, mail, private_folder, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
users: [{ldap: {url: "ldap://127.0.0.1:@ldap@", base: "dc=example,dc=com", filter: "(|(mail={address})(departmentNumber={address}))"}}]
backends: {default: {type: vdir, path: "@d@/calendars/{user}"}}
backend: default
address_books: [{type: file, path: "@d@/contacts/{user}"}]
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""


class Lists(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.key = Key(self.folder, "example.org")
        (self.folder / "keys").write_text(f"{self.key.name} {self.key.text}\n")
        (self.folder / "contacts").mkdir()
        for user in ("bob", "alice"):
            (self.folder / "contacts" / user).write_text("carol@example.org\n")
        slapd = Slapd(self.folder)
        self.addCleanup(slapd.stop)
        self.daemon = Daemon(self.folder, CONFIG, ldap=slapd.port)
        self.addCleanup(self.daemon.stop)

    def send(self, uid: str, invited: str, recipient: str) -> str:
        file = self.folder / "mail.eml"
        file.write_bytes(self.key.sign(mail("REQUEST", event(uid, attendees=((invited, "NEEDS-ACTION"),)))))
        return subprocess.run([IMIPCTL, "send", "--to", self.daemon.listen, "--from", "carol@example.org", "--recipient", recipient, file],
                              capture_output=True, text=True, timeout=60, check=True).stdout

    def has(self, user: str, uid: str) -> bool:
        return any(uid in file.read_text() for file in (self.folder / "calendars" / user).glob("*.ics"))

    def test_each_user_has_a_copy(self):
        self.assertIn("outcome=queued", self.send("team@example.org", "info@example.com", "info@example.com"))
        for user in ("bob", "alice"):
            wait_for(f"the copy of {user}", lambda: self.has(user, "team@example.org"))

    def test_each_user_has_their_own_decision(self):
        (self.folder / "contacts" / "alice").write_text("")
        self.assertIn("outcome=mixed", self.send("team@example.org", "info@example.com", "info@example.com"))
        wait_for("bob's copy", lambda: self.has("bob", "team@example.org"))
        self.assertFalse(self.has("alice", "team@example.org"))

    def test_a_member_whom_another_server_put_in_place_of_the_list(self):
        self.assertIn("outcome=queued", self.send("team@example.org", "team@example.com", "bob@example.com"))
        wait_for("bob's copy", lambda: self.has("bob", "team@example.org"))
        self.assertFalse(self.has("alice", "team@example.org"))

    def test_who_is_on_none_of_the_lists_is_not_addressed(self):
        self.assertIn("reason=not_addressed", self.send("team@example.org", "alice@example.com", "bob@example.com"))


if __name__ == "__main__":
    unittest.main()
