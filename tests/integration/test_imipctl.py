"""imipctl as the manual says: JSON documents, exit statuses, words for people."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

from parts import IMIPCTL, Daemon, Key, calendar, event, free_port, mail, private_folder

HEAD = """listen: unix:{d}/milter.sock
authserv_id: mx.example.com
state: sqlite:{d}/state.db
"""
CONFIG = """authentication: {{dkim: {{keys_file: "{d}/keys"}}}}
users: [{{static: [{{user: bob, addresses: [bob@example.com, robert@example.com]}}]}}]
backends: {{default: {{type: vdir, path: "{d}/calendars/{{user}}"}}}}
backend: default
address_books: [{{type: file, path: "{d}/contacts"}}]
policy:
  - {{name: spam, if: {{spam: true}}, then: ignore}}
  - {{name: people I know, if: {{method: REQUEST, authenticated: true, sender_is: [organizer, sent_by], address_book: true, hazards: none}}, then: apply}}
otherwise: ignore
spam: {{headers: [{{name: X-Spam-Flag, matches: "YES"}}]}}
"""


class Imipctl(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.key = Key(self.folder, "example.org")
        (self.folder / "keys").write_text(f"{self.key.name} {self.key.text}\n")
        (self.folder / "contacts").write_text("carol@example.org\n")
        (self.folder / "c.yaml").write_text((HEAD + CONFIG).format(d=self.folder))

    def file(self, name: str, content) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def run_it(self, *arguments, status=0, stdin=b"", program=IMIPCTL, **options):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, input=stdin, timeout=60, **options)
        self.assertEqual(status, done.returncode, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done

    def json(self, *arguments, **options) -> dict:
        done = self.run_it(arguments[0], "--json", *arguments[1:], **options)
        return json.loads(done.stdout)

    def test_extract_gives_every_key_of_the_interface(self):
        got = self.json("extract", self.file("m.eml", mail("REQUEST", event("e1@example.org"))))
        self.assertIsNone(got["error"])
        part = got["parts"][0]
        want = {"path": "2", "content_type": "text/calendar", "method_parameter": "REQUEST", "charset": "utf-8", "filename": None, "disposition": None,
                "duplicate_of": None, "method": "REQUEST", "error": None}
        self.assertEqual(want, {key: part[key] for key in want})
        self.assertGreater(part["bytes"], 300)
        want = {"component": "VEVENT", "uid": "e1@example.org", "recurrence_id": None, "sequence": 0, "dtstamp": "20261121T090000Z",
                "organizer": "carol@example.org", "sent_by": None, "attendees": ["carol@example.org", "bob@example.com"]}
        self.assertEqual(want, {key: part["objects"][0][key] for key in want})

    def test_extract_exit_statuses(self):
        nothing = self.file("n.eml", b"From: a@example.org\r\n\r\ntext\r\n")
        self.assertEqual("no_calendar", self.json("extract", nothing, status=1)["error"])
        unusable = self.file("u.eml", mail("REQUEST", [line for line in event("e1@example.org") if not line.startswith("ATTENDEE")]))
        self.assertEqual("missing_attendee", self.json("extract", unusable, status=1)["parts"][0]["error"])
        self.run_it("extract", self.folder / "no such file", status=2)
        self.run_it("extract", self.folder, status=2)
        self.run_it("extract", status=2)
        self.assertIn(b"REQUEST", self.run_it("extract", "-", stdin=mail("REQUEST", event("e1@example.org"))).stdout)

    def test_apply_carries_the_object_from_file_to_file(self):
        new = self.file("1.eml", mail("REQUEST", event("e1@example.org")))
        moved = self.file("2.ics", calendar(event("e1@example.org", sequence=1, stamp="20261121T100000Z", start="20270118T140000Z", end="20270118T150000Z"), "REQUEST"))
        got = self.json("apply", "--recipient", "bob@example.com", new, moved, moved, status=1)
        self.assertEqual([("created", "new_event"), ("updated", "changed_event"), ("unchanged", "duplicate")],
                         [(r["outcome"], r["reason"]) for r in got["results"]])
        self.assertIn("DTSTART:20270118T140000Z", got["object"])
        self.assertNotIn("METHOD", got["object"])

    def test_apply_options(self):
        stored = self.file("s.ics", calendar(event("e1@example.org")))
        cancel = self.file("c.ics", calendar(event("e1@example.org", sequence=1, more=["STATUS:CANCELLED"]), "CANCEL"))
        marked = self.json("apply", "--existing", stored, "--recipient", "bob@example.com", cancel)
        self.assertIn("STATUS:CANCELLED", marked["object"])
        removed = self.json("apply", "--existing", stored, "--recipient", "bob@example.com", "--set", "cancelled=remove", cancel)
        self.assertEqual("removed", removed["results"][0]["outcome"])
        self.assertIsNone(removed["object"])
        forged = self.json("apply", "--existing", stored, "--recipient", "bob@example.com", "--sender", "mallory@example.org", cancel, status=1)
        self.assertEqual("sender_not_organizer", forged["results"][0]["reason"])
        self.assertEqual(self.folder.joinpath("s.ics").read_text(), forged["object"].replace("\r\n", "\n") if "\r" not in self.folder.joinpath("s.ics").read_text() else forged["object"])
        alias = self.json("apply", "--recipient", "robert@example.com", "--alias", "bob@example.com", self.file("r.ics", calendar(event("e1@example.org"), "REQUEST")))
        self.assertEqual("created", alias["results"][0]["outcome"])
        by_path = self.file("p.ics", calendar([line.replace("ORGANIZER:mailto:carol@example.org", "ORGANIZER:/principals/carol/") for line in event("e1@example.org")]))
        reply = self.file("y.ics", calendar([line.replace("NEEDS-ACTION", "ACCEPTED") for line in event("e1@example.org")], "REPLY"))
        organizer = ["--existing", by_path, "--recipient", "carol@example.org", "--sender", "bob@example.com"]
        unknown = self.json("apply", *organizer, reply, status=1)["results"][0]
        self.assertEqual("organizer_mismatch", unknown["reason"])
        self.assertIn("/principals/carol/, which is not known to be carol@example.org", unknown["detail"])
        known = self.json("apply", *organizer, "--alias", "/principals/carol/", reply)
        self.assertEqual("reply_recorded", known["results"][0]["reason"])
        self.run_it("apply", *organizer, "--alias", "carol", reply, status=2)
        stranger = self.json("apply", "--recipient", "alice@example.com", self.folder / "r.ics", status=1)
        self.assertEqual("not_addressed", stranger["results"][0]["reason"])
        listed = self.json("apply", "--recipient", "alice@example.com", "--envelope-recipient", "bob@example.com", self.folder / "r.ics")
        self.assertEqual("created", listed["results"][0]["outcome"])
        self.run_it("apply", "--recipient", "bob@example.com", "--set", "cancelled=perhaps", cancel, status=2)
        self.run_it("apply", "--recipient", "nobody", cancel, status=2)
        self.assertEqual("bad_calendar", self.json("apply", "--recipient", "bob@example.com", self.file("bad.ics", "BEGIN:VCALENDAR\n"), status=1)["results"][0]["reason"])

    def test_apply_prints_the_object_for_people(self):
        done = self.run_it("apply", "--recipient", "bob@example.com", self.file("1.eml", mail("REQUEST", event("e1@example.org"))))
        self.assertTrue(done.stdout.startswith(b"BEGIN:VCALENDAR\r\n"))
        self.assertIn(b"created: new_event", done.stderr)

    def test_verify(self):
        good = self.file("good.eml", self.key.sign(mail("REQUEST", event("e1@example.org"))))
        got = self.json("verify", "--keys", self.folder / "keys", good)
        self.assertEqual({"from": "carol@example.org", "from_error": None, "authenticated": True, "by": "dkim"}, {k: got[k] for k in ("from", "from_error", "authenticated", "by")})
        want = {"domain": "example.org", "selector": "s1", "algorithm": "rsa-sha256", "result": "pass", "reason": None, "aligned": True}
        self.assertEqual(want, {key: got["signatures"][0][key] for key in want})
        changed = self.file("changed.eml", (self.folder / "good.eml").read_bytes().replace(b"SUMMARY:Planning", b"SUMMARY:Plotting"))
        got = self.json("verify", "--keys", self.folder / "keys", changed, status=1)
        self.assertFalse(got["authenticated"])
        self.assertEqual("fail", got["signatures"][0]["result"])
        self.assertEqual([], self.json("verify", "--keys", self.folder / "keys", self.file("plain.eml", mail("REQUEST", event("e1@example.org"))), status=1)["signatures"])
        self.run_it("verify", "--keys", self.folder / "no such file", good, status=2)
        self.assertIn(b"sender authenticated by dkim", self.run_it("verify", "--keys", self.folder / "keys", good).stdout)
        saved = self.file("saved.eml", (self.folder / "good.eml").read_bytes().replace(b"\r\n", b"\n"))
        self.assertTrue(self.json("verify", "--keys", self.folder / "keys", saved)["authenticated"])

    def test_check_explains_the_whole_way_and_writes_nothing(self):
        message = self.file("m.eml", self.key.sign(mail("REQUEST", event("e1@example.org"))))
        got = self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", message)
        self.assertEqual("deliver", got["mail"])
        self.assertTrue(got["authentication"]["authenticated"])
        saved = self.file("saved.eml", (self.folder / "m.eml").read_bytes().replace(b"\r\n", b"\n"))
        self.assertEqual(got, self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", saved))
        decision = got["decisions"][0]
        want = {"recipient": "bob@example.com", "user": "bob", "part": "2", "method": "REQUEST", "uid": "e1@example.org", "rule": "people I know",
                "calendar": "apply", "mail": "deliver"}
        self.assertEqual(want, {key: decision[key] for key in want})
        self.assertEqual((True, True, False), tuple(decision["facts"][f] for f in ("authenticated", "address_book", "known_uid")))
        self.assertEqual([("spam", False), ("people I know", True)], [(r["name"], r["matched"]) for r in decision["rules"]])
        self.assertEqual("spam is false", decision["rules"][0]["because"])
        self.assertRegex(decision["place"], r"c\.yaml:\d+:\d+$")
        self.assertEqual([], got["refusals"])
        self.assertFalse((self.folder / "calendars").exists())
        self.assertFalse((self.folder / "state.db").exists())

    def test_check_for_people_says_the_verdict_first(self):
        message = self.file("m.eml", self.key.sign(mail("REQUEST", event("e1@example.org"))))
        command = ["check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", "--recipient", "x@example.net"]
        text = self.run_it(*command, message).stdout.decode()
        self.assertRegex(text, r'^bob@example\.com: the event would be added to the calendar of bob, new_event, by rule "people I know" \(c\.yaml:\d+:\d+\)\nmessage: deliver\n')
        details = ('rule "spam" (c.yaml:10:5) does not match: spam is false', 'sender_is: ["organizer","attendee"]', "known_uid: false")
        for words in ('rule "people I know" (c.yaml:11:5) matches: method is REQUEST; authenticated is true', "sender authenticated by dkim",
                      "part 2 (text/calendar): REQUEST e1@example.org", "x@example.net: not a configured user"):
            self.assertIn(words, text)
        everything = self.run_it(*command, "--all", message).stdout.decode()
        for words in details:
            self.assertNotIn(words, text)
            self.assertIn(words, everything)
        unsigned = self.run_it(*command, self.file("u.eml", mail("REQUEST", event("e1@example.org"))), status=1).stdout.decode()
        self.assertTrue(unsigned.startswith('bob@example.com: ignored; the calendar of bob stays as it is, by rule "otherwise"'), unsigned)
        self.assertIn("\nthe message has no DKIM signature\n", unsigned)
        off = self.file("off.yaml", (self.folder / "c.yaml").read_text().replace("dkim: {", "dkim: {verify: false, "))
        self.assertIn(b"\nDKIM signatures not looked at: 'authentication.dkim.verify' is false\n",
                      self.run_it("check", "-c", off, *command[3:], message, status=1).stdout)
        self.assertIn('rule "people I know" (c.yaml:11:5) does not match: authenticated is false', unsigned)
        self.assertIn("sender not authenticated\n", unsigned)
        broken = self.run_it(*command, self.file("b.eml", mail("REQUEST", event("e1@example.org")[:-1])), status=1).stdout.decode()
        self.assertTrue(broken.startswith("refused (bad_calendar): no calendar is affected\nmessage: deliver\n"), broken)
        self.assertIn("part 2 (text/calendar): refused: bad_calendar (", broken)

    def test_check_says_what_the_engine_says_of_the_event_at_hand(self):
        bob = self.folder / "calendars" / "bob"
        bob.mkdir(parents=True)
        stored = bob / "e1.ics"
        stored.write_text(calendar(event("e1@example.org", sequence=4)))
        before = stored.read_bytes()

        def check(name, message, status):
            got = self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", self.file(name, self.key.sign(message)), status=status)
            return got["decisions"][0]

        old = check("old.eml", mail("REQUEST", event("e1@example.org", sequence=3)), 1)
        self.assertEqual(("unchanged", "stale_sequence", "people I know"), (old["outcome"], old["reason"], old["rule"]))
        new = check("new.eml", mail("REQUEST", event("e1@example.org", sequence=5, start="20270118T140000Z", end="20270118T150000Z")), 0)
        self.assertEqual("updated", new["outcome"])
        config = (self.folder / "c.yaml").read_text()
        (self.folder / "c.yaml").write_text(config.replace("sender_is: [organizer, sent_by], address_book: true, ", ""))
        stranger = mail("REQUEST", event("e1@example.org", organizer="dave@example.net", sequence=6), sender="carol@example.org")
        forged = check("forged.eml", stranger, 1)
        self.assertEqual(("refused", "refused"), (forged["calendar"], forged["outcome"]))
        (self.folder / "c.yaml").write_text(config)
        first = check("first.eml", mail("REQUEST", event("e2@example.org")), 0)
        self.assertEqual("created", first["outcome"])
        self.assertEqual((before, [stored]), (stored.read_bytes(), list(bob.glob("*.ics"))))

    def test_check_of_what_is_not_applied(self):
        unsigned = self.file("m.eml", mail("REQUEST", event("e1@example.org")))
        got = self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", "--recipient", "x@example.net", unsigned, status=1)
        self.assertEqual("ignore", got["decisions"][0]["calendar"])
        self.assertEqual(1, len(got["decisions"]))
        submitted = self.file("s.eml", mail("REQUEST", event("e1@example.org"), sender="bob@example.com"))
        got = self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", "--auth", "bob", "--client", "192.0.2.7", submitted, status=1)
        self.assertEqual("submission", got["authentication"]["by"])
        broken = self.file("b.eml", mail("REQUEST", event("e1@example.org")[:-1]))
        got = self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", broken, status=1)
        self.assertEqual("bad_calendar", got["refusals"][0]["reason"])
        for wrong in (["--recipient", "nonsense"], ["--recipient", "bob@example.com", "--client", "nonsense"]):
            self.assertIn(b"'nonsense' is not a valid ", self.run_it("check", "-c", self.folder / "c.yaml", *wrong, unsigned, status=2).stderr)
        config = (self.folder / "c.yaml").read_text()
        (self.folder / "c.yaml").write_text(config + "limits: {message: 1KiB}\n")
        large = self.file("large.eml", mail("REQUEST", event("e1@example.org")) + b"x" * 1024)
        got = self.json("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", large, status=1)
        self.assertEqual("too_large", got["refusals"][0]["reason"])  # as in the daemon
        (self.folder / "c.yaml").write_text(config.replace("/keys", "/no-keys"))
        self.assertIn(b"no-keys", self.run_it("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", unsigned, status=2).stderr)
        (self.folder / "c.yaml").write_text("listen: nowhere\n")
        self.assertIn(b"c.yaml:1:9: ", self.run_it("check", "-c", self.folder / "c.yaml", "--recipient", "bob@example.com", unsigned, status=2).stderr)

    def state(self) -> dict:
        """The files of the state with their contents; only of the index of a log, which readers lock in, just its name."""
        return {file.name: None if file.name.endswith("-shm") else file.read_bytes() for file in self.folder.glob("state.db*")}

    @contextlib.contextmanager
    def unwritable_folder(self):
        """Options for a program that may read what is in the folder, and write nothing there."""
        if os.geteuid() == 0:
            nobody, program = 65534, self.folder / "imipctl"
            shutil.copy(IMIPCTL, program)  # the build folder may be for root only
            shutil.copy(IMIPCTL.with_name("imip-cells"), program.parent)
            os.chown(self.folder / "state.db", nobody, nobody)
            yield {"program": program, "user": nobody, "group": nobody, "extra_groups": []}
        else:
            self.folder.chmod(0o555)
            try:
                yield {}
            finally:
                self.folder.chmod(0o755)

    def test_the_state_is_only_read(self):
        message = self.file("m.eml", self.key.sign(mail("REQUEST", event("e1@example.org"))))
        daemon = Daemon(self.folder, CONFIG.format(d=self.folder))
        self.addCleanup(daemon.stop)
        self.run_it("send", "--to", daemon.listen, "--recipient", "bob@example.com", message)
        self.assertIn(b"accepted; no header field was added: no recipient is a user",
                      self.run_it("send", "--to", daemon.listen, "--recipient", "bob@example.net", message).stdout)
        daemon.settled()
        shutil.rmtree(self.folder / "calendars")  # from here on only the state knows the event
        config = ["-c", self.folder / "c.yaml"]

        def ask(**options):
            before = self.state()
            self.assertIn("state.db", before)
            got = self.json("check", *config, "--recipient", "bob@example.com", message, **options)
            self.assertTrue(got["decisions"][0]["facts"]["known_uid"])
            self.json("simulate", *config, message, **options)
            self.assertEqual({"items": []}, json.loads(self.run_it("review", "list", "--json", *config, status=1, **options).stdout))
            self.assertEqual(before, self.state())

        with self.subTest("beside a running daemon"):
            ask()
        daemon.stop()
        with self.subTest("without a daemon"):
            ask()
        with self.subTest("in a folder that cannot be written"), self.unwritable_folder() as options:
            ask(**options)
            (self.folder / "state.db").chmod(0)
            os.chown(self.folder / "state.db", os.geteuid(), os.getegid())
            done = self.run_it("review", "list", *config, status=2, **options)
            self.assertIn(b"state.db': Permission denied; run this as root, or as the user that imip-milter runs as", done.stderr)
            (self.folder / "state.db").chmod(0o600)
        with self.subTest("of another version"):
            with contextlib.closing(sqlite3.connect(self.folder / "state.db")) as database:
                database.execute("PRAGMA user_version = 999")
                database.commit()
            before = self.state()
            self.assertIn(b"state.db", self.run_it("check", *config, "--recipient", "bob@example.com", message, status=2).stderr)
            self.assertEqual(before, self.state())

    def test_what_is_no_command_and_what_cannot_be_printed(self):
        self.assertIn(b"'queue' is not a command", self.run_it("queue", "list", status=2).stderr)
        message = self.file("m.eml", mail("REQUEST", event("e1@example.org")))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([IMIPCTL, "extract", message], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(75, done.returncode)
        self.assertIn(b"standard output", done.stderr)

    def test_send_to_nobody_is_temporary(self):
        message = self.file("m.eml", mail("REQUEST", event("e1@example.org")))
        self.run_it("send", "--to", f"inet:{free_port()}@127.0.0.1", "--recipient", "bob@example.com", message, status=75)
        self.run_it("send", "--to", "nonsense", "--recipient", "bob@example.com", message, status=2)


if __name__ == "__main__":
    unittest.main()
