"""imipctl simulate: archives of every kind put before configurations, and what the reports say of it."""
import csv
import html.parser
import json
import os
import pty
import re
import subprocess
import unittest

from parts import IMIPCTL, Key, event, mail, private_folder

CONFIG = """listen: unix:{d}/milter.sock
authserv_id: mx.example.com
state: sqlite:{d}/state.db
limits: {{message: 1MiB}}
authentication: {{dkim: {{keys_file: "{d}/keys"}}, trusted_results: {{authserv_ids: [mx.example.com]}}}}
users: [{{static: [{{user: bob, addresses: [bob@example.com]}}, {{user: alice, addresses: [alice@example.com]}}]}}]
backends: {{default: {{type: vdir, path: "{d}/calendars/{{user}}"}}}}
backend: default
address_books: [{{type: file, path: "{d}/contacts"}}]
policy:
"""
STRICT = """  - {name: people I know, if: {method: REQUEST, authenticated: true, address_book: true}, then: apply}
otherwise: ignore
"""
OPEN = """  - {name: invitations, if: {method: REQUEST, authenticated: true}, then: apply}
  - {name: answers, if: {method: REPLY}, then: hold}
  - {name: no cancellations, if: {method: CANCEL}, then: {calendar: ignore, mail: reject}}
otherwise: ignore
"""
SCRIPT = "<script>alert(1)</script>"


class Page(html.parser.HTMLParser):
    """The elements of a page, their nesting checked, and its text."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (self.open, tag)
        self.open.pop()

    def handle_data(self, data):
        self.text += data


class Simulate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(private_folder())
        cls.keys = {domain: Key(folder, domain) for domain in ("example.org", "example.net")}

    def setUp(self):
        self.folder = self.enterContext(private_folder())
        (self.folder / "keys").write_text("".join(f"{key.name} {key.text}\n" for key in self.keys.values()))
        (self.folder / "contacts").write_text("carol@example.org\n")
        for name, rules in (("strict", STRICT), ("open", OPEN)):
            (self.folder / f"{name}.yaml").write_text(CONFIG.format(d=self.folder) + rules)

    def run_it(self, *arguments, status=0, stdin=b"", config="strict"):
        command = [IMIPCTL, "simulate", "-c", self.folder / f"{config}.yaml", *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, input=stdin, timeout=120)
        self.assertEqual(status, done.returncode, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done

    def json(self, *arguments, **options) -> dict:
        return json.loads(self.run_it("--json", *arguments, **options).stdout)

    def invitation(self, uid: str, *, sender="carol@example.org", method="REQUEST", sign=True, to="Bob <bob@example.com>", **options) -> bytes:
        message = mail(method, event(uid, organizer=sender, **options), sender=sender, to=to, mid=uid)
        return self.keys[sender.split("@")[1]].sign(message) if sign else message

    def rows(self, *arguments) -> list[dict]:
        table = self.folder / "table.csv"
        self.run_it("--csv", table, *arguments)
        with table.open(newline="") as file:
            return list(csv.DictReader(file))

    def maildir(self):
        """Two messages in the inbox, one in a subfolder, one that is being delivered; with the line ends of files."""
        folder = self.folder / "Maildir"
        for name, content in {"cur/1:2,S": self.invitation("known", summary=SCRIPT), "new/2": self.invitation("unsigned", sign=False),
                              ".Old.2020/cur/3:2,": b"From: x@example.org\nTo: bob@example.com\nSubject: lunch\n\ntext\n", "tmp/4": self.invitation("tmp")}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.replace(b"\r\n", b"\n"))
        return folder

    def mbox(self, *messages: bytes, name="archive.mbox"):
        """mboxrd."""
        quoted = [re.sub(rb"(?m)^(>*From )", rb">\1", message.replace(b"\r\n", b"\n")) for message in messages]
        file = self.folder / name
        file.write_bytes(b"".join(b"From sender Sat Nov 21 09:00:00 2026\n" + message + b"\n" for message in quoted))
        return file

    def messages(self) -> list[bytes]:
        stranger = "dave@example.net"
        delivered = (b"Return-Path: <carol@example.org>\r\nDelivered-To: alice@example.com\r\nReceived: from mx by imap; Sat, 21 Nov 2026 09:00:01 +0000\r\n"
                     b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.org\r\n")
        return [
            self.keys["example.org"].sign(mail("REQUEST", event("quoted")).replace(b"\r\nPlanning\r\n", b"\r\nFrom here:\r\n\r\nFrom there\r\n>From\r\n", 1)),
            self.invitation("stranger", sender=stranger),
            self.invitation("cancelled", sender=stranger, method="CANCEL"),
            self.keys["example.net"].sign(mail("REPLY", event("answer", organizer="bob@example.com", attendees=[("dave@example.net", "ACCEPTED")]), sender=stranger)),
            self.invitation("broken").replace(b"END:VEVENT\r\n", b""),
            self.invitation("elsewhere", to="Eve <eve@example.net>"),
            delivered + self.invitation("results", sign=False),
            self.invitation("large") + b"behind all parts\r\n" * 80_000,
        ]

    def test_counts_and_changes(self):
        got = self.json("--against", self.folder / "open.yaml", self.maildir(), self.mbox(*self.messages()))
        self.assertEqual((11, 0, 1), (got["messages"], got["unreadable"], got["too_large"]))
        strict, opened = got["configurations"]
        self.assertEqual(str(self.folder / "strict.yaml"), strict["file"])
        self.assertEqual({"decided": 7, "refused": 2, "not_ours": 1, "no_calendar": 1}, strict["messages"])
        self.assertEqual({"REQUEST": {"applied": 2, "held": 0, "ignored": 2, "deferred": 0, "refused": 2, "unchanged": 0},
                          "CANCEL": {"applied": 0, "held": 0, "ignored": 1, "deferred": 0, "refused": 0, "unchanged": 0},
                          "REPLY": {"applied": 0, "held": 0, "ignored": 1, "deferred": 0, "refused": 0, "unchanged": 0},
                          "unknown": {"applied": 0, "held": 0, "ignored": 0, "deferred": 0, "refused": 1, "unchanged": 0}}, strict["methods"])
        self.assertEqual({"bad_calendar": 1, "not_addressed": 1, "too_large": 1}, strict["reasons"])
        self.assertEqual({("people I know", 2, 0), ("otherwise", 0, 4)}, {(r["name"], r["applied"], r["ignored"]) for r in strict["rules"]})
        self.assertRegex(strict["rules"][0]["place"], r"^strict\.yaml:\d+:\d+$")
        self.assertEqual({"deliver": 7}, strict["mail"])
        self.assertEqual({"deliver": 6, "reject": 1}, opened["mail"])
        self.assertEqual({"applied": 3, "held": 0, "ignored": 1, "deferred": 0}, {o: opened["methods"]["REQUEST"][o] for o in ("applied", "held", "ignored", "deferred")})

        changes = got["changes"]
        self.assertEqual((3, 0), (changes["count"], changes["left_out"]))
        self.assertEqual({("ignored", "applied", 1), ("ignored", "held", 1), ("ignored", "ignored, mail reject", 1)}, {(k["before"], k["after"], k["count"]) for k in changes["kinds"]})
        change = next(m for m in changes["messages"] if m["uid"] == "stranger")
        want = {"place": f"{self.folder}/archive.mbox:2", "message_id": "<stranger@example.org>", "from": "dave@example.net", "user": "bob", "method": "REQUEST",
                "summary": "Planning"}
        self.assertEqual(want, {key: change[key] for key in want})
        self.assertEqual(("ignored", "otherwise", "applied", "invitations"), tuple(change[side][key] for side in ("before", "after") for key in ("outcome", "rule")))

    def test_who_was_proven_and_why_not(self):
        lost = self.invitation("lost").replace(b"s=s1;", b"s=s2;")
        changed = self.invitation("changed").replace(b"SUMMARY:Planning", b"SUMMARY:Plotting")
        got = self.json(self.mbox(*self.messages(), lost, changed, self.invitation("u", sign=False)))["configurations"][0]
        self.assertEqual({"dkim": 4, "trusted dmarc": 1}, got["proven"])
        self.assertEqual({"no signature": 1, "permerror: no key": 1, "fail: the body was changed": 3}, got["unproven"])

    def test_recipients(self):
        delivered = b"Delivered-To: list@example.com\r\nDelivered-To: alice@example.com\r\n" + self.invitation("d")
        for name, message, arguments, want in (
                ("what was delivered counts before To", delivered, [], ["alice"]),
                ("everybody in To and Cc", self.invitation("t", to="Team: Alice <alice@example.com>, x@example.net;\r\nCc: bob@example.com (Bob)"), [], ["alice", "bob"]),
                ("who was given", delivered, ["--recipient", "bob@example.com"], ["bob"])):
            with self.subTest(name):
                self.assertEqual(want, sorted(row["user"] for row in self.rows(*arguments, self.mbox(message))))

    def test_csv_has_every_decision(self):
        (self.folder / "table.csv").write_text("an older report")
        rows = self.rows("--against", self.folder / "open.yaml", self.maildir(), self.mbox(*self.messages(), self.invitation("f", summary="=HYPERLINK(1)")))
        self.assertEqual(10, len(rows))
        known = next(row for row in rows if row["uid"] == "known")
        want = {"mail": f"{self.folder}/Maildir/cur/1:2,S", "user": "bob", "method": "REQUEST", "summary": SCRIPT, "outcome": "applied", "rule": "people I know",
                "mail_action": "deliver", "other_outcome": "applied", "other_rule": "invitations", "changed": "no"}
        self.assertEqual(want, {key: known[key] for key in want})
        self.assertEqual("'=HYPERLINK(1)", next(row["summary"] for row in rows if row["uid"] == "f"))
        self.assertEqual(["bad_calendar", "not_addressed", "too_large"], sorted(row["reason"] for row in rows if row["outcome"] == "refused"))
        self.assertEqual(["answer", "cancelled", "stranger"], sorted(row["uid"] for row in rows if row["changed"] == "yes"))
        self.assertEqual([], list(self.folder.glob("table.csv.*")))

    def test_html_is_one_harmless_page_with_a_chart(self):
        report = self.folder / "report.html"
        stranger = self.invitation("<b>uid</b>", sender="dave@example.net", summary=SCRIPT + " & \"quotes\"")
        self.run_it("--html", report, "--against", self.folder / "open.yaml", self.maildir(), self.mbox(stranger, *self.messages()))
        text = report.read_text()
        self.assertNotIn("<script", text.lower())
        self.assertNotIn("<b>", text)
        page = Page(text)
        self.assertIn(SCRIPT + ' & "quotes"', page.text)
        tags = [tag for tag, attributes in page.elements]
        self.assertEqual(1, tags.count("svg"))
        for attributes in (attributes for tag, attributes in page.elements):
            self.assertEqual(set(), {name for name in attributes if name in ("src", "href") or name.startswith("on")})
        self.assertNotIn("url(", text)
        self.assertIn("prefers-color-scheme: dark", text)
        bars = [attributes["class"] for tag, attributes in page.elements if tag == "rect" and float(attributes["y"]) > 30]
        self.assertEqual({"applied", "held", "ignored", "refused"}, set(bars))
        for words in ("REQUEST", "people I know", "bad_calendar", "trusted dmarc", "What changes from A to B: 4"):
            self.assertIn(words, page.text)

    def test_table_for_people(self):
        text = self.run_it("--against", self.folder / "open.yaml", self.maildir(), self.mbox(*self.messages())).stdout.decode()
        for words in ("11 messages", "7 decided, 2 refused, 1 without a local recipient, 1 without a calendar part", 'rule "people I know"', "changes: 3",
                      "archive.mbox:2: REQUEST bob stranger: ignored (otherwise) -> applied (invitations)"):
            self.assertIn(words, text)
        self.assertNotIn("changes", self.run_it(self.maildir()).stdout.decode())

    def story(self) -> list[bytes]:
        """An event as its mails come: invitation, the same again, a change, one that is older, what a stranger sends, cancellation."""
        moved = dict(start="20270118T140000Z", end="20270118T150000Z")
        forged = self.keys["example.net"].sign(mail("REQUEST", event("story", sequence=5), sender="dave@example.net"))
        return [self.invitation("story"), self.invitation("story"), self.invitation("story", sequence=2, **moved), self.invitation("story", sequence=1),
                forged, self.invitation("story", method="CANCEL", sequence=3)]

    def accept_all(self):
        (self.folder / "strict.yaml").write_text(CONFIG.format(d=self.folder) + "  - {name: all, if: {authenticated: true}, then: apply}\notherwise: ignore\n")

    def test_messages_count_in_their_order(self):
        self.accept_all()
        rows = self.rows(self.mbox(*self.story(), self.invitation("unknown", method="CANCEL")))
        want = [("applied", ""), ("unchanged", "duplicate"), ("applied", ""), ("unchanged", "stale_sequence"), ("refused", "sender_not_organizer"),
                ("applied", ""), ("refused", "unknown_event")]
        self.assertEqual(want, [(row["outcome"], row["reason"]) for row in rows])
        self.assertFalse((self.folder / "calendars").exists())
        rows = self.rows(self.mbox(*self.story()[:4:2], name="fresh.mbox"))
        self.assertEqual(["applied", "applied"], [row["outcome"] for row in rows], "each replay begins with the calendars as they are")

    def test_a_maildir_is_replayed_as_it_was_delivered(self):
        folder = self.folder / "Maildir"
        for name, content in {"cur/200.b:2,S": self.invitation("story", method="CANCEL", sequence=3), "new/30.c": self.invitation("story", sequence=2),
                              ".Old/cur/4.a:2,S": self.invitation("story")}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        self.accept_all()
        self.assertEqual([("REQUEST", "applied"), ("REQUEST", "applied"), ("CANCEL", "applied")], [(row["method"], row["outcome"]) for row in self.rows(folder)])

    def test_nothing_is_written_but_the_reports(self):
        self.run_it(self.maildir())
        self.assertEqual({"Maildir", "keys", "contacts", "strict.yaml", "open.yaml"}, {file.name for file in self.folder.iterdir()})

    def test_standard_input_and_single_messages(self):
        mbox = self.mbox(self.invitation("a"), self.invitation("b"))
        got = self.json("-", stdin=mbox.read_bytes())
        self.assertEqual((2, 2), (got["messages"], got["configurations"][0]["methods"]["REQUEST"]["applied"]))
        single = self.folder / "one.eml"
        single.write_bytes(self.invitation("one"))
        self.assertEqual(1, self.json(single)["messages"])
        self.assertIsNone(self.json(single)["changes"])

    def test_exit_statuses(self):
        nobody = self.mbox(self.invitation("e", to="eve@example.net"), name="nobody.mbox")
        self.assertEqual(1, self.json(nobody, status=1)["configurations"][0]["messages"]["not_ours"])
        mistyped = self.json("--recipient", "bbo@example.com", self.mbox(self.invitation("f"), name="bob.mbox"), status=1)
        self.assertEqual({"decided": 0, "refused": 0, "not_ours": 1, "no_calendar": 0}, mistyped["configurations"][0]["messages"])
        self.run_it(self.folder / "no such file", status=2)
        self.assertIn(b"not a Maildir", self.run_it(self.folder, status=2).stderr)
        self.run_it(status=2)
        self.run_it("--recipient", "nobody", nobody, status=2)
        self.run_it("--csv", self.folder / "no such folder" / "table.csv", nobody, status=2)
        before = nobody.read_bytes()
        self.assertIn(b"is an input file", self.run_it("--csv", nobody, nobody, status=2).stderr)
        self.assertEqual(before, nobody.read_bytes())
        (self.folder / "wrong.yaml").write_text("listen: nowhere\n")
        self.assertIn(b"wrong.yaml:1:9: ", self.run_it("--against", self.folder / "wrong.yaml", nobody, status=2).stderr)

    def test_progress_is_for_terminals(self):
        archive = self.mbox(*[self.invitation("p")] * 3)
        command = [str(word) for word in (IMIPCTL, "simulate", "-c", self.folder / "strict.yaml", archive)]
        self.assertEqual(b"", self.run_it(archive).stderr)
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as process:
            os.close(theirs)
            shown = b""
            try:
                while chunk := os.read(ours, 4096):
                    shown += chunk
            except OSError:  # the other end is closed
                pass
            self.assertEqual(0, process.wait(60))
        os.close(ours)
        self.assertRegex(shown.decode(), r"\[#+ *\] +\d+ %, 1 messages, \d+/s")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)


if __name__ == "__main__":
    unittest.main()
