"""A signed invitation through a real Postfix, proven by a key from a real DNS server, lands in a real calendar."""
import smtplib
import subprocess
import time
import unittest

from parts import Daemon, Dns, Key, Postfix, Radicale, calendar, event, mail, private_folder, processing_fields, wait_for

CONFIG = """
authentication: {dkim: {nameservers: ["127.0.0.1@@dns@"]}}
users:
  - static:
    - {user: bob, addresses: [bob@example.com], calendar: {backend: files}}
    - {user: alice, addresses: [alice@example.com], calendar: {backend: dav}}
backends:
  files: {type: vdir, path: "@d@/calendars/{user}"}
  dav: {type: caldav, url: "@radicale@/{user}/", calendar: default, username: milter, password_file: "@d@/password", timeout: 5s}
backend: files
address_books: [{type: file, path: "@d@/contacts"}]
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""


class ThroughPostfix(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(private_folder())
        self.folder = folder
        (folder / "password").write_text("pw-milter\n")
        (folder / "contacts").write_text("carol@example.org\n")
        self.key = Key(folder, "example.org")
        self.dns = Dns(folder, {self.key.name: self.key.text})
        self.addCleanup(self.dns.stop)
        self.radicale = Radicale(folder)
        self.addCleanup(self.radicale.stop)
        self.radicale.make_calendar("alice")
        self.calendar = folder / "calendars" / "bob"
        self.calendar.mkdir(parents=True)
        self.daemon = Daemon(folder, CONFIG, dns=self.dns.port, radicale=self.radicale.url)
        self.addCleanup(self.daemon.stop)
        self.postfix = Postfix(folder, f"unix:{self.daemon.socket}")
        self.addCleanup(self.postfix.stop)

    def khal(self) -> list[str]:
        """What khal, a calendar program that reads vdirs, shows of Bob's calendar."""
        home = self.folder / "khal"
        home.mkdir(exist_ok=True)
        (home / "config").write_text(f"""[calendars]
[[bob]]
path = {self.calendar}
type = calendar
[sqlite]
path = {home}/khal.db
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
default_timezone = UTC
local_timezone = UTC
[default]
default_calendar = bob
""")
        done = subprocess.run(["/usr/bin/khal", "-c", home / "config", "list", "--format", "{uid}|{start-date} {start-time}|{title}|{status}",
                               "--day-format", "", "2027-01-01", "60d"], capture_output=True, text=True, check=True,
                              env={"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        return done.stdout.splitlines()

    def send(self, method, lines, signed=True, recipients=("bob@example.com", "alice@example.com"), **more) -> list[bytes]:
        """Sends, waits until it is delivered to Bob and every job has ended; gives all of Bob's messages."""
        before = len(self.postfix.delivered("bob"))
        message = mail(method, lines, **more)
        self.postfix.send(self.key.sign(message) if signed else message, recipients=recipients)
        delivered = self.postfix.wait_delivered("bob", before + 1)
        self.daemon.settled()
        return delivered

    def test_the_life_of_a_meeting(self):
        both = (("carol@example.org", "ACCEPTED"), ("bob@example.com", "NEEDS-ACTION"), ("alice@example.com", "NEEDS-ACTION"))

        with self.subTest("an invitation appears in the vdir that khal lists, and in Radicale over CalDAV"):
            delivered = self.send("REQUEST", event("e1@example.org", attendees=both))
            self.assertEqual(["e1@example.org|2027-01-18 10:00|Planning|"], self.khal())
            wait_for("alice's event", lambda: self.radicale.events("alice"))
            events = self.radicale.events("alice")
            self.assertEqual(1, len(events))
            self.assertIn("UID:e1@example.org", events[0])
            self.assertIn("DTSTART:20270118T100000Z", events[0])

        with self.subTest("the delivered mail carries exactly one field, and its signature still verifies"):
            fields = processing_fields(delivered[0])
            self.assertEqual(1, len(fields), fields)
            self.assertIn("outcome=queued", fields[0])
            self.assertIn("method=REQUEST", fields[0])
            self.assertIn('uid="e1@example.org"', fields[0])
            inner = delivered[0].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            self.assertTrue(self.key.verifies(inner), inner.decode())

        with self.subTest("the key was asked for in DNS"):
            self.assertIn("s1._domainkey.example.org", self.dns.log.read_text())

        with self.subTest("an update moves it"):
            self.send("REQUEST", event("e1@example.org", attendees=both, stamp="20261121T100000Z", sequence=1, start="20270118T140000Z",
                                       end="20270118T150000Z"), mid="m2")
            self.assertEqual(["e1@example.org|2027-01-18 14:00|Planning|"], self.khal())
            wait_for("alice's event to move", lambda: "DTSTART:20270118T140000Z" in self.radicale.events("alice")[0])

        with self.subTest("a cancellation by a stranger is refused: his own signature passes, he is not the organizer"):
            # Carol's domain signs what Mallory, its other user, writes: authentic, but not his event.
            before = self.daemon.text()
            delivered = self.send("CANCEL", event("e1@example.org", attendees=both, stamp="20261121T110000Z", sequence=2, more=["STATUS:CANCELLED"]),
                                  sender="Mallory <mallory@example.org>", mid="m3")
            self.assertEqual(["e1@example.org|2027-01-18 14:00|Planning|"], self.khal())
            self.assertNotIn("STATUS:CANCELLED", self.radicale.events("alice")[0])
            self.assertIn("CANCEL", self.daemon.text()[len(before):])
            self.assertNotIn("removed", processing_fields(delivered[-1])[0])

        with self.subTest("and one that nobody signed is ignored"):
            delivered = self.send("CANCEL", event("e1@example.org", attendees=both, stamp="20261121T110000Z", sequence=2, more=["STATUS:CANCELLED"]),
                                  signed=False, mid="m4", recipients=("bob@example.com",))
            self.assertEqual(["e1@example.org|2027-01-18 14:00|Planning|"], self.khal())
            self.assertIn("outcome=ignored", processing_fields(delivered[-1])[0])

        with self.subTest("the organizer's own cancellation marks it"):
            self.send("CANCEL", event("e1@example.org", attendees=both, stamp="20261121T120000Z", sequence=2, more=["STATUS:CANCELLED"]), mid="m5")
            self.assertEqual(["e1@example.org|2027-01-18 14:00|Planning|CANCELLED "], self.khal())
            wait_for("alice's event to be cancelled", lambda: "STATUS:CANCELLED" in self.radicale.events("alice")[0])

    def test_a_reply_is_recorded_in_the_organizers_own_event(self):
        own = event("own@example.com", organizer="bob@example.com", summary="Review")
        (self.calendar / "own@example.com.ics").write_bytes(calendar(own).encode())
        self.send("REPLY", event("own@example.com", organizer="bob@example.com", attendees=(("carol@example.org", "DECLINED"),)),
                  recipients=("bob@example.com",))
        text = (self.calendar / "own@example.com.ics").read_text().replace("\n ", "")
        self.assertIn("PARTSTAT=DECLINED", [line for line in text.splitlines() if "carol@example.org" in line and line.startswith("ATTENDEE")][0])
        self.assertIn("PARTSTAT=NEEDS-ACTION", [line for line in text.splitlines() if "bob@example.com" in line and line.startswith("ATTENDEE")][0])

    def test_forged_fields_are_removed(self):
        forged = b"Calendar-Processing: mx.example.com; outcome=added\r\n"
        plain = b"From: carol@example.org\r\nTo: bob@example.com\r\nSubject: hello\r\n\r\nhello\r\n"
        self.postfix.send(forged + b"calendar-PROCESSING: x\r\n" + plain)
        self.assertEqual([], processing_fields(self.postfix.wait_delivered("bob", 1)[0]))
        self.postfix.send(forged + forged + self.key.sign(mail("REQUEST", event("e2@example.org"))))
        fields = processing_fields(self.postfix.wait_delivered("bob", 2)[1])
        self.assertEqual(1, len(fields), fields)
        self.assertIn("outcome=queued", fields[0])

    def test_more_forged_fields_than_allowed_are_rejected_and_keep_nobody_waiting(self):
        """Postfix needs time that grows with the square of the removals, and its cleanup crashes at 12,000."""
        plain = b"From: carol@example.org\r\nTo: bob@example.com\r\nSubject: hello\r\n\r\nhello\r\n"
        invitation = self.key.sign(mail("REQUEST", event("e3@example.org")))
        delivered = 0
        for kind, message in (("without a calendar", plain), ("an invitation", invitation)):
            for count in (50, 51, 20_000):
                with self.subTest(kind, fields=count):
                    forged = b"Calendar-Processing: x\r\n" * count + message
                    if count > 50:
                        with self.assertRaises(smtplib.SMTPDataError) as refused:
                            self.postfix.send(forged)
                        self.assertEqual(550, refused.exception.smtp_code)
                        self.assertIn(b"5.6.0", refused.exception.smtp_error)
                    else:
                        self.postfix.send(forged)
                        delivered += 1
                        fields = processing_fields(self.postfix.wait_delivered("bob", delivered)[-1])
                        self.assertEqual(int(message is invitation), len(fields), fields)
                        self.assertNotIn("x", fields)
                    start = time.monotonic()
                    self.postfix.send(plain)
                    delivered += 1
                    self.postfix.wait_delivered("bob", delivered)
                    self.assertLess(time.monotonic() - start, 1)

    def test_authentication_results_stay(self):
        """They may be another filter's, also in our own name: it removes what is forged."""
        plain = b"From: carol@example.org\r\nTo: bob@example.com\r\nSubject: hello\r\n" + \
                b"Authentication-Results: mx.example.com; dkim=pass header.d=example.org\r\n\r\nhello\r\n"
        self.postfix.send(b"Calendar-Processing: x\r\n" + plain)
        self.assertIn(b"Authentication-Results: mx.example.com;", self.postfix.wait_delivered("bob", 1)[0])


if __name__ == "__main__":
    unittest.main()
