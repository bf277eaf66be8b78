"""SIGTERM while messages are being answered and a calendar server is slow: it ends in time, and nothing is lost."""
import pathlib
import signal
import subprocess
import time
import unittest

from parts import BOB, Daemon, Key, MilterSession, SilentServer, event, mail, private_folder, wait_for

KEYS = """
authentication: {dkim: {keys_file: "@d@/keys"}}
"""
SLOW_CALENDAR = BOB.replace('{type: vdir, path: "@d@/calendars/{user}"}',
                            '{type: caldav, url: "@calendars@/{user}/", calendar: default, username: milter, password_file: "@d@/password", timeout: 300s}')
SLOW_CONTACTS = BOB.replace('[{type: file, path: "@d@/contacts"}]',
                            '[{type: file, path: "@d@/contacts"}, {type: carddav, url: "@contacts@/{user}/", timeout: 60s}]')
LIBMILTER = 5  # seconds until libmilter's main loop sees that it is to stop
GRACE = 5      # seconds after `limits: end_of_message`; stop_grace in milter/daemon/daemon.cpp
SLACK = 5      # for a busy machine


class Stop(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.key = Key(self.folder, "example.org")
        (self.folder / "keys").write_text(f"{self.key.name} {self.key.text}\n")
        (self.folder / "contacts").write_text("carol@example.org\n")
        (self.folder / "password").write_text("pw-milter")
        self.server = SilentServer()
        self.addCleanup(self.server.stop)

    def start(self, config: str, **values) -> Daemon:
        daemon = Daemon(self.folder, KEYS + config, **values)
        self.addCleanup(lambda: daemon.alive() and daemon.stop(signal.SIGKILL))
        return daemon

    def session(self, daemon) -> MilterSession:
        session = MilterSession(daemon.socket)
        self.addCleanup(session.close)
        return session

    def invitation(self, uid: str, sender="carol@example.org") -> bytes:
        return self.key.sign(mail("REQUEST", event(uid, organizer=sender), sender=f"<{sender}>", mid=uid.split("@")[0]))

    def test_with_open_sessions_and_a_calendar_server_that_does_not_answer(self):
        daemon = self.start(SLOW_CALENDAR + "limits: {end_of_message: 1s}\n", calendars=self.server.url)
        idle, in_header, before_end = (self.session(daemon) for _ in range(3))
        for n in range(5):
            letter, fields = self.session(daemon).play(self.invitation(f"slow-{n}@example.org"))
            self.assertEqual("a", letter)
            self.assertIn("outcome=queued", fields)
        in_header._send(b"M", b"<carol@example.org>\0")
        self.assertEqual("c", before_end.header(self.invitation("unsent@example.org")))
        self.assertTrue(self.server.asked.wait(30), "the courier never asked the calendar server")
        children = [int(p) for p in subprocess.run(["pgrep", "-P", str(daemon.popen.pid)], capture_output=True, text=True).stdout.split()]

        started = time.monotonic()
        self.assertEqual(0, daemon.stop(seconds=1 + GRACE + LIBMILTER + SLACK))
        took = time.monotonic() - started
        self.assertTrue(daemon.lines("stopped", "did not finish in time"), f"after {took:.1f} s:\n{daemon.tail()}")
        wait_for("the children to be gone", lambda: not any(pathlib.Path(f"/proc/{p}").exists() for p in children))

        daemon = self.start(BOB)  # the backend is a folder now
        calendar = self.folder / "calendars" / "bob"
        wait_for("the event of every message that was answered", lambda: len(list(calendar.glob("*.ics"))) == 5)

    def test_a_message_that_is_being_answered_is_answered(self):
        daemon = self.start(SLOW_CONTACTS + "limits: {end_of_message: 30s}\n", contacts=self.server.url)
        waiting, late = self.session(daemon), self.session(daemon)
        self.assertEqual("c", waiting.header(self.invitation("dave@example.org", "dave@example.org"), sender="dave@example.org"))
        self.assertEqual("c", late.header(self.invitation("late@example.org")))
        waiting.send_body()
        self.assertTrue(self.server.asked.wait(30), "the address book was never asked")
        daemon.popen.send_signal(signal.SIGTERM)

        def refused():
            try:
                MilterSession(daemon.socket, timeout=1).close()
            except OSError:  # the kernel may still connect, but nobody negotiates
                return True
            return False
        wait_for("new connections to be refused", refused)
        late.send_body()
        self.assertTrue(daemon.alive())
        self.server.released.set()
        letter, fields = waiting.verdict()
        self.assertEqual("a", letter)
        self.assertIn("outcome=ignored", fields)
        self.assertIn(late.verdict()[0], ("t", ""))  # asked to come again, or left without an answer, which means the same
        self.assertEqual(0, daemon.stop())
        self.assertEqual([], daemon.lines("did not finish"))
        self.assertTrue(daemon.lines("stopped"))


if __name__ == "__main__":
    unittest.main()
