"""A user who replies to a held invitation from any mail program has it in the calendar, with the reply, or is rid of it."""
import json
import subprocess
import unittest

from parts import IMIPCTL, Daemon, Key, event, mail, private_folder, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
users: [{static: [{user: bob, addresses: [bob@example.com]}, {user: alice, addresses: [alice@example.com]}]}]
backends: {default: {type: vdir, path: "@d@/calendars/{user}"}}
backend: default
presets: {manual: @source@/etc/policies/manual.yaml}
preset: manual
"""
UID = "party@example.org"


class OwnReply(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.key, self.key_of_mallory = Key(self.folder, "example.org"), Key(self.folder, "evil.example")
        (self.folder / "keys").write_text("".join(f"{key.name} {key.text}\n" for key in (self.key, self.key_of_mallory)))
        self.daemon = Daemon(self.folder, CONFIG)
        self.addCleanup(self.daemon.stop)

    def send(self, message: bytes, *arguments: str) -> str:
        file = self.folder / "mail.eml"
        file.write_bytes(message)
        return subprocess.run([IMIPCTL, "send", "--to", self.daemon.listen, *arguments, file],
                              capture_output=True, text=True, timeout=60, check=True).stdout

    def invite(self, *recipients: str, **more):
        both = (("bob@example.com", "NEEDS-ACTION"), ("alice@example.com", "NEEDS-ACTION"))
        message = self.key.sign(mail("REQUEST", event(UID, attendees=both, **more)))
        to = [word for recipient in recipients for word in ("--recipient", recipient)]
        self.assertIn("outcome=held", self.send(message, "--from", "carol@example.org", *to))

    def invite_as_mallory(self):
        """Under the UID of Carol's event."""
        lines = event(UID, organizer="mallory@evil.example", summary="Call evil.example", attendees=(("bob@example.com", "NEEDS-ACTION"),))
        message = self.key_of_mallory.sign(mail("REQUEST", lines, sender="<mallory@evil.example>", mid="m2"))
        self.assertIn("outcome=held", self.send(message, "--from", "mallory@evil.example", "--recipient", "bob@example.com"))

    def reply(self, partstat: str, *, login="bob", sender="bob@example.com", to="carol@example.org", stamp="20261121T100000Z"):
        lines = event(UID, stamp=stamp, organizer=to, attendees=((sender, partstat),))
        self.send(mail("REPLY", lines, sender=f"<{sender}>", to=f"<{to}>", mid="r1"), "--from", sender, "--recipient", to,
                  *(["--auth", login] if login else []))

    def check(self, partstat: str, *arguments: str, login="bob", organizer="carol@example.org", status=0) -> str:
        """What imipctl says of such a reply, which is not sent."""
        file = self.folder / "reply.eml"
        file.write_bytes(mail("REPLY", event(UID, stamp="20261121T100000Z", organizer=organizer, attendees=(("bob@example.com", partstat),)), sender="<bob@example.com>", to="<carol@example.org>"))
        done = subprocess.run([IMIPCTL, "check", "-c", self.daemon.config, "--auth", login, "--recipient", "carol@example.org", *arguments, file],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(status, done.returncode, done.stderr)
        return done.stdout

    def held(self) -> list[str]:
        done = subprocess.run([IMIPCTL, "review", "list", "--json", "-c", self.daemon.config], capture_output=True, text=True, timeout=60)
        return [item["user"] for item in json.loads(done.stdout)["items"]]

    def event_of(self, user: str) -> str:
        files = list((self.folder / "calendars" / user).glob("*.ics"))
        return files[0].read_text().replace("\n ", "") if files else ""

    def has(self, user: str, partstat: str) -> bool:
        return any("bob@example.com" in line and f"PARTSTAT={partstat}" in line for line in self.event_of(user).splitlines())

    def test_check_foresees_what_a_reply_does_and_does_nothing(self):
        self.invite("bob@example.com", "alice@example.com")
        for partstat, word, other, outcome, status in (("ACCEPTED", "released", "dismissed", ("updated", "reply_recorded"), 0),
                                                       ("DECLINED", "dismissed", "released", ("refused", "unknown_event"), 0)):
            with self.subTest(partstat):
                own, = json.loads(self.check(partstat, "--json", status=status))["own_replies"]
                self.assertEqual(("bob", UID, 1, [], outcome), (own["user"], own["uid"], len(own[word]), own[other], (own["outcome"], own["reason"])))
                self.assertIn(f"bob, who sent this reply: 1 held invitation would be {word}; ", self.check(partstat, status=status).splitlines()[0])
        self.assertEqual([], json.loads(self.check("ACCEPTED", "--json", login="alice", status=1))["own_replies"])
        self.assertEqual(["bob", "alice"], self.held())
        self.assertEqual("", self.event_of("bob"))
        self.reply("ACCEPTED")
        wait_for("the event with the reply", lambda: self.has("bob", "ACCEPTED"))
        own, = json.loads(self.check("ACCEPTED", "--json", status=1))["own_replies"]
        self.assertEqual(([], "unchanged", "duplicate"), (own["released"], own["outcome"], own["reason"]))

    def test_who_accepts_has_the_event_with_the_reply(self):
        self.invite("bob@example.com", "alice@example.com")
        self.assertEqual(["bob", "alice"], self.held())
        self.reply("ACCEPTED")
        wait_for("the event with the reply", lambda: self.has("bob", "ACCEPTED"))
        self.assertNotIn("SCHEDULE-STATUS", self.event_of("bob"))
        self.assertEqual(["alice"], self.held(), "only what is held for who replies")
        self.assertEqual("", self.event_of("alice"))

    def test_who_declines_is_rid_of_it(self):
        self.invite("bob@example.com")
        self.reply("DECLINED")
        wait_for("the end of the reply", lambda: self.daemon.lines(" done ", "REPLY"))
        self.assertEqual([], self.held())
        self.assertEqual("", self.event_of("bob"))

    def test_a_later_reply_is_recorded_in_the_stored_event(self):
        self.invite("bob@example.com")
        self.reply("TENTATIVE")
        wait_for("the event with the reply", lambda: self.has("bob", "TENTATIVE"))
        self.reply("DECLINED", stamp="20261121T110000Z")
        wait_for("the other reply", lambda: self.has("bob", "DECLINED"))

    def test_a_forged_reply_releases_nothing(self):
        self.invite("bob@example.com")
        self.reply("ACCEPTED", login="")
        self.reply("ACCEPTED", login="alice")
        self.reply("ACCEPTED", login="alice", sender="alice@example.com")  # of her own, for whom nothing is held
        wait_for("the end of alice's reply", lambda: self.daemon.lines(" done ", "REPLY", "alice"))
        self.assertEqual(["bob"], self.held())
        self.assertEqual("", self.event_of("bob"))

    def test_a_reply_says_nothing_to_another_organizer_who_uses_the_uid(self):
        self.invite_as_mallory()
        self.invite("bob@example.com")
        self.assertEqual(["bob", "bob"], self.held())
        own, = json.loads(self.check("DECLINED", "--json", organizer="mallory@evil.example"))["own_replies"]
        self.assertEqual(1, len(own["dismissed"]))
        self.reply("DECLINED", to="mallory@evil.example")
        self.assertEqual(["bob"], self.held(), "Carol's waits for its own reply")
        self.invite_as_mallory()
        self.reply("ACCEPTED")
        wait_for("the event with the reply", lambda: self.has("bob", "ACCEPTED"))
        self.assertIn("ORGANIZER:mailto:carol@example.org", self.event_of("bob"))
        self.assertEqual(["bob"], self.held(), "Mallory's")
        own, = json.loads(self.check("ACCEPTED", "--json", organizer="mallory@evil.example"))["own_replies"]
        self.assertEqual(("refused", "organizer_mismatch"), (own["outcome"], own["reason"]))

    def test_dismissed_it_is_held_again_by_the_same_message(self):
        self.invite("bob@example.com")
        self.reply("DECLINED")
        self.assertEqual([], self.held())
        self.invite("bob@example.com")
        self.assertEqual(["bob"], self.held())


if __name__ == "__main__":
    unittest.main()
