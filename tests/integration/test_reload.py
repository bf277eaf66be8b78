"""Reloads while messages come: nothing but the reloads is to be seen of them.

RELOAD_SECONDS (environment): how long, 3 seconds without it.
"""
import json
import os
import re
import signal
import threading
import time
import unittest

from parts import BOB, Daemon, Key, MilterSession, event, mail, private_folder

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
""" + BOB
SECONDS = float(os.environ.get("RELOAD_SECONDS", "3"))
RATE = 20  # reloads a second
PLAIN = b"From: Carol <carol@example.org>\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
TEXT_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d (info|warning|error) (?:\S+: )?([a-z-]+)( |$)")


def level_and_event(line: str) -> tuple[str, str]:
    """Of a log line in either format; a line in neither is an error named by itself."""
    if line.startswith("{"):
        try:
            entry = json.loads(line)
            return entry["level"], entry["event"]
        except ValueError:
            return "error", line
    found = TEXT_LINE.match(line)
    return (found.group(1), found.group(2)) if found else ("error", line)


class ReloadUnderLoad(unittest.TestCase):
    def test_the_log_holds_nothing_but_reloads_and_every_message_is_answered(self):
        folder = self.enterContext(private_folder())
        key = Key(folder, "example.org")
        (folder / "keys").write_text(f"{key.name} {key.text}\n")
        (folder / "contacts").write_text("carol@example.org\n")
        messages = [key.sign(mail("REQUEST", event(f"reload-{n}@example.org"), mid=f"r{n}")) for n in range(40)]
        daemon = Daemon(folder, CONFIG)
        self.addCleanup(lambda: daemon.alive() and daemon.stop(signal.SIGKILL))

        stop = threading.Event()
        wrong, played = [], [0] * 4

        def play(number: int):
            session = MilterSession(daemon.socket)
            while not stop.is_set():
                n = played[number]
                invitation = n % 2 == 0
                letter, fields = session.play(messages[(7 * number + n) % len(messages)] if invitation else PLAIN)
                if letter != "a" or ("outcome=queued" in fields) != invitation:
                    wrong.append((letter, fields))
                played[number] = n + 1
            session.close()

        players = [threading.Thread(target=play, args=(n,)) for n in range(len(played))]
        for player in players:
            player.start()
        configs = [daemon.config.read_text() + f"log: {{format: {format}}}\n" for format in ("json", "text")]
        end, turn = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            fresh = folder / "fresh.yaml"
            fresh.write_text(configs[turn % 2])
            fresh.rename(daemon.config)
            daemon.popen.send_signal(signal.SIGUSR1)
            turn += 1
            time.sleep(1 / RATE)
        stop.set()
        for player in players:
            player.join(60)
        daemon.popen.send_signal(signal.SIGUSR1)
        last = MilterSession(daemon.socket)
        self.assertEqual(("a", ""), last.play(PLAIN))
        last.close()
        self.assertEqual(0, daemon.stop())

        self.assertEqual([], wrong[:5])
        self.assertTrue(all(played), played)
        lines = daemon.text().splitlines()
        seen = [level_and_event(line) for line in lines]
        self.assertEqual([], [line for line, (level, _) in zip(lines, seen) if level != "info" and "the daemon runs as root" not in line][:5])
        events = [event for _, event in seen]
        self.assertEqual(set(), set(events) - {"started", "reloaded", "judged", "done", "stopped"})
        self.assertGreaterEqual(events.count("reloaded"), 5)
        formats = {line.startswith("{") for line in lines}
        self.assertEqual({True, False}, formats)
        print(f"{events.count('reloaded')} reloads in {SECONDS:.0f} s, {sum(played)} messages")


if __name__ == "__main__":
    unittest.main()
