"""A second daemon on the same state or the same socket is refused, and the first goes on undisturbed."""
import subprocess
import unittest

from parts import BOB, DAEMON, IMIPCTL, Daemon, MilterSession, event, mail, private_folder


class Second(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        (self.folder / "contacts").write_text("carol@example.org\n")
        self.first = Daemon(self.folder, BOB)
        self.addCleanup(lambda: self.first.alive() and self.first.stop())

    def refused(self, *changes: tuple[str, str], foreground=True) -> str:
        """The error of a second daemon whose configuration differs in this."""
        text = self.first.config.read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        other = self.folder / "second.yaml"
        other.write_text(text)
        ended = subprocess.run([DAEMON, "-c", other, *(["--foreground"] if foreground else [])], capture_output=True, text=True, timeout=60)
        self.assertEqual(1, ended.returncode, ended.stdout + ended.stderr)
        return ended.stderr

    def serves(self):
        session = MilterSession(self.first.socket)
        self.addCleanup(session.close)
        letter, fields = session.play(mail("REQUEST", event("party@example.org", organizer="carol@example.org"), sender="<carol@example.org>"))
        self.assertEqual("a", letter)
        self.assertIn("outcome=", fields)

    def test_same_state_and_socket(self):
        for foreground in (True, False):
            self.assertIn(f"already running, pid {self.first.popen.pid}", self.refused(foreground=foreground))
            self.serves()

    def test_same_state_another_socket(self):
        self.assertIn(f"already running, pid {self.first.popen.pid}", self.refused(("milter.sock", "other.sock")))
        self.assertFalse((self.folder / "other.sock").exists())
        self.serves()

    def test_same_socket_another_state(self):
        error = self.refused(("state.db", "other.db"))
        self.assertIn(f"milter.sock': already running, pid {self.first.popen.pid}", error)
        self.serves()

    def test_imipctl_works_beside_it(self):
        ended = subprocess.run([IMIPCTL, "review", "list", "-c", self.first.config, "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(("", 1), (ended.stderr, ended.returncode))

    def test_after_a_kill_another_starts(self):
        self.first.popen.kill()
        self.first.popen.wait()
        self.assertTrue(self.first.socket.exists())
        again = Daemon(self.folder, BOB)
        self.addCleanup(lambda: again.alive() and again.stop())
        self.first = again
        self.serves()


if __name__ == "__main__":
    unittest.main()
