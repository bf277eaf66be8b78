"""`limits: end_of_message` holds whatever is slow: cells, DNS, a directory, the first look into a calendar folder, a locked state; and who is
not ours waits for none of them."""
import contextlib
import os
import pathlib
import signal
import socket
import sqlite3
import threading
import time
import unittest

from parts import DAEMON, Daemon, Key, MilterSession, Process, Slapd, calendar, event, mail, private_folder, wait_for

LIMIT = 8  # seconds
CONFIG = """limits: {end_of_message: 8s}
authentication: {dkim: {nameservers: ["127.0.0.1@@dns@"]}}
users:
- ldap: {url: "ldap://127.0.0.1:@ldap@", base: "dc=example,dc=com", filter: "(mail={address})"}
- static: [{user: carol, addresses: [carol@example.com]}]
backends: {default: {type: vdir, path: "@d@/calendars/{user}"}}
backend: default
policy: [{name: known, if: {authenticated: true, known_uid: true}, then: apply}, {name: others, if: {known_uid: true}, then: apply}]
"""


def below(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *below(int(child))]
    return found


def signal_cells(daemon: Process, sig: int, cells_of_the_queue=True):
    """The forker and its cells; those of the queue have a lower priority."""
    own = os.getpriority(os.PRIO_PROCESS, daemon.popen.pid)
    for pid in below(daemon.popen.pid):
        with contextlib.suppress(ProcessLookupError):
            if cells_of_the_queue or os.getpriority(os.PRIO_PROCESS, pid) <= own:
                os.kill(pid, sig)


def fill(folder):
    """A calendar that takes half a minute to read."""
    folder.mkdir(parents=True)
    first = folder / "0.ics"
    first.write_text(calendar(event("other@example.org", more=["X-LINE:a"] * 100_000)))
    for i in range(1, 5_000):
        os.link(first, folder / f"{i}.ics")


class Slow(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.slapd = Slapd(self.folder)
        self.addCleanup(lambda: (self.slapd.popen.send_signal(signal.SIGCONT), self.slapd.stop()))
        silent = self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        silent.bind(("127.0.0.1", 0))
        self.daemon = Daemon(self.folder, CONFIG, dns=silent.getsockname()[1], ldap=self.slapd.port)
        self.addCleanup(lambda: self.daemon.alive() and self.daemon.stop())

    def play_while_all_is_slow(self) -> tuple[str, str, float]:
        """What became of an invitation, and after how many seconds."""
        fill(self.folder / "calendars/carol")
        message = Key(self.folder, "example.org").sign(mail("REQUEST", event("e@example.org", attendees=(("carol@example.com", "NEEDS-ACTION"),))))
        session = MilterSession(self.daemon.socket)
        self.addCleanup(session.close)
        self.assertEqual("c", session.header(message, recipients=["carol@example.com"]))
        self.slapd.popen.send_signal(signal.SIGSTOP)
        signal_cells(self.daemon, signal.SIGSTOP)
        wakers = [threading.Timer(1, self.slapd.popen.send_signal, [signal.SIGCONT]),
                  threading.Timer(2.5, signal_cells, [self.daemon, signal.SIGCONT])]
        begin = time.monotonic()
        for waker in wakers:
            waker.start()
        session.send_body()
        letter, fields = session.verdict()
        seconds = time.monotonic() - begin
        for waker in wakers:
            waker.join()
        self.assertGreater(seconds, 2.4, "the directory and the cells were waited for")
        return letter, fields, seconds

    def test_everything_at_once_still_leaves_time_to_keep_the_invitation(self):
        letter, fields, seconds = self.play_while_all_is_slow()
        self.assertLess(seconds, LIMIT + 1)
        self.assertEqual(("a", True), (letter, "outcome=pending" in fields), fields + self.daemon.tail())

    def test_a_locked_state_ends_at_the_same_limit(self):
        with contextlib.closing(sqlite3.connect(self.folder / "state.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            letter, fields, seconds = self.play_while_all_is_slow()
            other.execute("ROLLBACK")
        self.assertLess(seconds, LIMIT + 1)
        self.assertEqual(("a", True), (letter, "outcome=error" in fields), fields + self.daemon.tail())
        self.assertTrue(self.daemon.lines("fault", "database is locked"), self.daemon.tail())

    def restart_with(self, *changes: tuple[str, str]):
        self.daemon.stop()
        config = self.folder / "imip-milter.yaml"
        for old, new in changes:
            config.write_text(config.read_text().replace(old, new))
        self.daemon = Process([DAEMON, "-c", config, "--foreground"], self.folder / "again.log")
        self.addCleanup(lambda: self.daemon.alive() and self.daemon.stop())
        wait_for("the daemon", lambda: "started" in self.daemon.tail())

    def test_a_message_for_which_no_cell_is_free_in_time_is_kept_and_reaches_the_calendar_later(self):
        self.restart_with(("end_of_message: 8s", "end_of_message: 2s, cells: 1"), ("if: {known_uid: true}, then: apply}]", "if: {method: REQUEST}, then: apply}]"))
        signal_cells(self.daemon, signal.SIGSTOP, cells_of_the_queue=False)
        answers = {}

        def play(name: str):
            with contextlib.closing(MilterSession(self.folder / "milter.sock")) as session:
                message = mail("REQUEST", event(name, attendees=(("carol@example.com", "NEEDS-ACTION"),)))
                answers[name] = session.play(message, recipients=["carol@example.com"])

        players = [threading.Thread(target=play, args=[f"e{i}@example.org"]) for i in range(8)]
        for player in players:
            player.start()
        for player in players:
            player.join()
        kept = {name for name, (letter, text) in answers.items() if letter == "a" and "outcome=pending" in text}
        self.assertEqual(8, len(kept), answers)
        stored = self.folder / "calendars/carol"
        wait_for("the events in the calendar", lambda: len(list(stored.glob("*.ics"))) == len(kept))
        text = " ".join(file.read_text() for file in stored.glob("*.ics"))
        self.assertEqual(kept, {name for name in answers if f"UID:{name}" in text})
        signal_cells(self.daemon, signal.SIGCONT)

    def test_mail_for_others_waits_for_no_cell(self):
        signal_cells(self.daemon, signal.SIGSTOP)
        session = MilterSession(self.daemon.socket)
        self.addCleanup(session.close)
        begin = time.monotonic()
        self.assertEqual(("a", ""), session.play(mail("REQUEST", event("e@example.org")), recipients=["nobody@example.net"]))
        self.assertLess(time.monotonic() - begin, 2)
        signal_cells(self.daemon, signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
