"""A signed invitation through a real Sendmail, hooked up as the README says, lands in a calendar; without the daemon mail goes on."""
import re
import tempfile
import unittest

from parts import BOB, SOURCE, Daemon, Dns, Key, Sendmail, event, mail, private_folder, processing_fields

CONFIG = """
authentication: {dkim: {nameservers: ["127.0.0.1@@dns@"]}}
""" + BOB

PLAIN = """From: Carol <carol@example.org>
To: Bob <bob@example.com>
Subject: hello
Date: Sat, 21 Nov 2026 09:00:00 +0000
Message-ID: <plain@example.org>
X-Calendar-Processing: not ours
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße,
.
From here on
""".replace("\n", "\r\n").encode()

FORGED = b"Calendar-Processing: mx.example.com; outcome=added\r\n"


def hook_up(socket: str) -> str:
    """The README's line, with another socket."""
    lines = re.findall(r"^INPUT_MAIL_FILTER\(.*$", (SOURCE / "README.md").read_text(), re.MULTILINE)
    assert len(lines) == 1, lines
    line, count = re.subn(r"unix:/run/imip-milter/milter\.sock", f"unix:{socket}", lines[0])
    assert count == 1, lines
    return line


def crlf(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def without_trace(message: bytes) -> bytes:
    """Without the Received field that Sendmail writes in front."""
    return re.sub(rb"\AReceived:.*\r\n([ \t].*\r\n)*", b"", crlf(message))


class ThroughSendmail(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        (self.folder / "contacts").write_text("carol@example.org\n")
        self.calendar = self.folder / "calendars" / "bob"
        self.calendar.mkdir(parents=True)
        self.key = Key(self.folder, "example.org")
        self.dns = Dns(self.folder, {self.key.name: self.key.text})
        self.addCleanup(self.dns.stop)
        # Sendmail uses no socket below a folder that everybody can write to, such as /tmp.
        self.socket = self.enterContext(tempfile.TemporaryDirectory(prefix="imip.", dir="/run")) + "/milter.sock"
        self.start_daemon()
        self.sendmail = Sendmail(self.folder, hook_up(self.socket))
        self.addCleanup(self.sendmail.stop)

    def start_daemon(self):
        self.daemon = Daemon(self.folder, CONFIG, listen=f"unix:{self.socket}", dns=self.dns.port)
        self.addCleanup(self.daemon.stop)

    def send(self, message: bytes) -> bytes:
        """Gives the mail as it was delivered."""
        before = len(self.sendmail.delivered("bob"))
        self.sendmail.send(message)
        delivered = self.sendmail.wait_delivered("bob", before + 1)
        self.assertEqual(before + 1, len(delivered))
        return delivered[-1]

    def invitation(self, uid: str) -> bytes:
        return self.key.sign(mail("REQUEST", event(uid, summary="Frühstück"), mid=uid.split("@")[0]))

    def events(self) -> list[str]:
        return sorted(file.read_text() for file in self.calendar.glob("*.ics"))

    def assert_queued(self, delivered: bytes, uid: str):
        fields = processing_fields(delivered)
        self.assertEqual(1, len(fields), fields)
        self.assertIn("outcome=queued", fields[0])
        self.assertIn("method=REQUEST", fields[0])
        self.assertIn(f'uid="{uid}"', fields[0])
        self.assertTrue(self.key.verifies(crlf(delivered)), delivered)

    def test_an_invitation_lands_in_the_calendar_and_forged_fields_are_gone(self):
        delivered = self.send(FORGED + b"calendar-PROCESSING: x\r\n" + FORGED + self.invitation("e1@example.org"))
        self.assert_queued(delivered, "e1@example.org")
        self.assertNotIn(b"outcome=added", delivered)
        self.daemon.settled()
        events = self.events()
        self.assertEqual(1, len(events))
        self.assertIn("UID:e1@example.org", events[0])
        self.assertIn("DTSTART:20270118T100000Z", events[0])
        self.assertIn("SUMMARY:Frühstück", events[0])
        self.assertIn(self.key.name, self.dns.log.read_text())

    def test_an_ordinary_mail_passes_untouched_but_for_forged_fields(self):
        self.assertEqual(PLAIN, without_trace(self.send(PLAIN)))
        self.assertEqual(PLAIN, without_trace(self.send(FORGED + PLAIN)))
        self.assertEqual([], self.events())

    def test_without_the_daemon_mail_goes_on(self):
        self.daemon.stop()
        message = self.invitation("e2@example.org")
        self.assertEqual(message, without_trace(self.send(message)))
        self.assertEqual(PLAIN, without_trace(self.send(PLAIN)))
        self.assertEqual([], self.events())

        # And once it is back, it is asked again.
        self.start_daemon()
        self.assert_queued(self.send(self.invitation("e3@example.org")), "e3@example.org")
        self.daemon.settled()
        events = self.events()
        self.assertEqual(1, len(events))
        self.assertIn("UID:e3@example.org", events[0])


if __name__ == "__main__":
    unittest.main()
