"""The daemon as a postmaster meets it: --check, inet and unix sockets, reload, stop, faults; played by imipctl send."""
import json
import os
import pathlib
import resource
import shutil
import signal
import stat
import subprocess
import unittest

from parts import BOB, DAEMON, IMIPCTL, Daemon, Key, event, free_port, mail, private_folder, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
""" + BOB


class TheDaemon(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.key = Key(self.folder, "example.org")
        (self.folder / "keys").write_text(f"{self.key.name} {self.key.text}\n")
        (self.folder / "contacts").write_text("carol@example.org\n")

    def start(self, more="", **options) -> Daemon:
        daemon = Daemon(self.folder, CONFIG + more, **options)
        self.addCleanup(lambda: daemon.alive() and daemon.stop())
        return daemon

    def send(self, daemon, message: bytes, *arguments, status=0) -> dict:
        file = self.folder / "mail.eml"
        file.write_bytes(message)
        done = subprocess.run([IMIPCTL, "send", "--json", "--to", daemon.listen, "--from", "carol@example.org", "--recipient", "bob@example.com",
                               *arguments, file], capture_output=True, text=True, timeout=60)
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def invitation(self, uid="e1@example.org") -> bytes:
        return self.key.sign(mail("REQUEST", event(uid)))

    def test_check_prints_every_mistake_with_its_place(self):
        file = self.folder / "bad.yaml"
        file.write_text("listen: nowhere\nsocket_mod: 1\nlimits: {message: 12 parsecs}\n")
        done = subprocess.run([DAEMON, "--check", "-c", file], capture_output=True, text=True, timeout=60)
        self.assertEqual(2, done.returncode)
        lines = done.stderr.splitlines()
        for place in (":1:9: ", ":2:1: ", ":3:19: "):
            self.assertTrue(any(place in line for line in lines), f"{place} not in {lines}")
        self.assertIn("socket_mode", done.stderr)  # did you mean
        self.start().stop()
        done = subprocess.run([DAEMON, "--check", "-c", self.folder / "imip-milter.yaml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_check_finds_that_imip_cells_cannot_run(self):
        self.start().stop()
        copy, cells = self.folder / "imip-milter", self.folder / "imip-cells"  # what is installed is not asked when there is one beside
        shutil.copy(DAEMON, copy)
        for mode, status, said in ((0o644, 2, f"cannot run {cells}: Permission denied"), (0o755, 0, "")):
            cells.write_text("#!/bin/sh\n")
            cells.chmod(mode)
            done = subprocess.run([copy, "--check", "-c", self.folder / "imip-milter.yaml"], capture_output=True, text=True, timeout=60)
            self.assertEqual(status, done.returncode, done.stderr)
            self.assertIn(said, done.stderr)

    def test_a_warning_stops_nothing_and_is_logged(self):
        daemon = self.start()
        self.assertFalse(daemon.lines(" warning configuration "))
        rest = [line for line in daemon.config.read_text().splitlines() if not line.startswith("preset")]
        rules = ["policy:", "  - {name: first, if: {spam: true}, then: ignore}", "  - {name: again, if: {spam: true}, then: hold}", ""]
        daemon.config.write_text("\n".join(rest + rules))
        useless = "warning: rule 'again' never matches: the earlier rule 'first' (imip-milter.yaml:"
        done = subprocess.run([DAEMON, "--check", "-c", daemon.config], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(useless, done.stderr)
        self.assertIn("good", done.stdout)
        daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the warning", lambda: daemon.lines(" warning configuration ", useless))
        daemon.stop()

    def test_check_finds_what_would_keep_the_daemon_from_starting(self):
        self.start().stop()
        file = self.folder / "imip-milter.yaml"
        good = file.read_text()
        for what, change in {
                "no DKIM keys": good.replace("/keys\"", "/no-keys\""),
                "no password": good.replace("backend: default", "backend: dav").replace(
                    "backends:", "backends:\n  dav: {type: caldav, url: 'http://127.0.0.1/', username: x, password_file: /no/such/file}\n#", 1)}.items():
            with self.subTest(what):
                self.assertNotEqual(good, change)
                file.write_text(change)
                done = subprocess.run([DAEMON, "--check", "-c", file], capture_output=True, text=True, timeout=60)
                self.assertEqual(2, done.returncode, done.stdout + done.stderr)
                self.assertIn("/no", done.stderr)

    def test_in_the_background_its_exit_status_says_whether_it_came_up(self):
        self.start().stop()
        file = self.folder / "imip-milter.yaml"
        good = file.read_text()
        file.write_text(good.replace("/state.db", "/no/such/folder/state.db"))
        done = subprocess.run([DAEMON, "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(1, done.returncode)
        self.assertIn("no/such/folder", done.stderr)
        file.write_text(good)
        with (self.folder / "background.log").open("wb") as log:
            subprocess.run([DAEMON, "-c", file], stdout=log, stderr=log, timeout=60, check=True)
        pid = int(subprocess.run(["pgrep", "-o", "-f", f"{DAEMON} -c {file}"], capture_output=True, text=True, check=True).stdout)
        try:
            done = subprocess.run([IMIPCTL, "send", "--to", f"unix:{self.folder}/milter.sock", "--recipient", "bob@example.com", "-"],
                                  input=self.invitation(), capture_output=True, timeout=60)
            self.assertIn(b"outcome=queued", done.stdout)
        finally:
            os.kill(pid, signal.SIGTERM)
        wait_for("its end", lambda: not pathlib.Path(f"/proc/{pid}").exists())

    def test_a_reload_asked_for_before_it_has_read_its_configuration_waits(self):
        config = self.folder / "pipe.yaml"
        os.mkfifo(config)  # which keeps it there
        daemon = subprocess.Popen([DAEMON, "--foreground", "-c", config], stderr=subprocess.DEVNULL)
        try:
            blocked = lambda: int(pathlib.Path(f"/proc/{daemon.pid}/status").read_text().split("SigBlk:")[1].split()[0], 16)
            wait_for("SIGUSR1 to be blocked", lambda: blocked() & 1 << (signal.SIGUSR1 - 1))
        finally:
            daemon.kill()
            daemon.wait()

    def test_unix_socket_has_the_mode_asked_for_and_replaces_a_stale_one(self):
        daemon = self.start()
        self.assertEqual(0o666, stat.S_IMODE(os.stat(daemon.socket).st_mode))
        daemon.stop(signal.SIGKILL)
        self.assertTrue(daemon.socket.exists(), "the killed daemon left its socket")
        daemon = self.start()
        self.assertIn("outcome=queued", self.send(daemon, self.invitation()))

    def test_inet_socket(self):
        daemon = self.start(listen=f"inet:{free_port()}@127.0.0.1")
        self.assertIn("outcome=queued", self.send(daemon, self.invitation()))
        daemon.settled()
        self.assertEqual(["e1@example.org.ics"], [f.name for f in (self.folder / "calendars/bob").glob("*.ics")])

    def test_sigterm_stops_it_cleanly_and_its_children_with_it(self):
        daemon = self.start()
        self.send(daemon, self.invitation())
        children = [int(p) for p in subprocess.run(["pgrep", "-P", str(daemon.popen.pid)], capture_output=True, text=True).stdout.split()]
        self.assertTrue(children, "the forker is a child")
        self.assertEqual(0, daemon.stop())
        self.assertIn("stopped", daemon.text())
        wait_for("the children to be gone", lambda: not any(pathlib.Path(f"/proc/{p}").exists() for p in children))

    def test_sigusr1_reloads_a_good_configuration_and_keeps_the_old_one_when_it_is_bad(self):
        daemon = self.start()
        good = daemon.config.read_text()
        # With a mistake: everything stays, and the log says why.
        daemon.config.write_text(good.replace("preset: known", "preset: unknown"))
        daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the refusal", lambda: daemon.lines("reload-refused", "unknown"))
        self.assertIn("outcome=queued", self.send(daemon, self.invitation()))
        # With a file that cannot even be looked at: the same.
        daemon.config.write_text(good + f"include: [{'n' * 300}.yaml]\n")
        daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the refusal", lambda: daemon.lines("reload-refused", "nnnnn"))
        self.assertIn("outcome=queued", self.send(daemon, self.invitation("e3@example.org")))
        # Good: Carol is nobody's acquaintance any more. The next mail is judged by that.
        (self.folder / "nobody").write_text("")
        daemon.config.write_text(good.replace("/contacts", "/nobody"))
        daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the reload", lambda: daemon.lines(" reloaded "))
        self.assertIn("outcome=ignored", self.send(daemon, self.invitation("e2@example.org")))

    def test_a_reload_names_the_settings_that_take_effect_at_a_restart(self):
        daemon = self.start()
        as_started = daemon.config.read_text()
        daemon.config.write_text(as_started + "queue: {workers: 2}\nlimits: {end_of_message: 20s, cells: 2}\n")
        daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the reload", lambda: daemon.lines(" reloaded "))
        self.assertTrue(daemon.lines(" warning restart-needed ", "new value of queue: workers, limits: cells"), daemon.tail())
        self.assertFalse(daemon.lines(" restart-needed ", "end_of_message"), "cells follow a new limit")
        daemon.config.write_text(as_started)
        daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the second reload", lambda: len(daemon.lines(" reloaded ")) == 2)
        self.assertEqual(1, len(daemon.lines(" restart-needed ")), "it runs with these values")

    def test_a_state_that_cannot_be_opened_is_said_and_nothing_listens(self):
        config = self.folder / "c.yaml"
        self.start().stop()
        config.write_text((self.folder / "imip-milter.yaml").read_text().replace("/state.db", "/no/such/folder/state.db"))
        done = subprocess.run([DAEMON, "--foreground", "-c", config], capture_output=True, text=True, timeout=60)
        self.assertEqual(1, done.returncode)
        self.assertIn("no/such/folder", done.stderr)

    def test_when_the_disk_of_the_queue_fails_mail_goes_on_untouched_and_marked(self):
        for on_error, want, status in (("accept", "outcome=error", 0), ("tempfail", "tempfail", 1)):
            with self.subTest(on_error):
                daemon = self.start(f"on_error: {on_error}\n")
                # The database disappears below it: every later commit meets a table that is not there.
                subprocess.run(["/usr/bin/python3", "-c", f"import sqlite3; c=sqlite3.connect('{self.folder}/state.db'); c.execute('DROP TABLE jobs'); c.commit()"],
                               check=True)
                self.assertIn(want, self.send(daemon, self.invitation(), status=status))
                self.assertTrue(daemon.lines(" fault "))
                daemon.stop()
                for file in self.folder.glob("state.db*"):
                    file.unlink()

    def test_a_file_that_may_not_grow_is_like_a_full_disk(self):
        daemon = self.start()
        pid, unlimited = daemon.popen.pid, resource.RLIM_INFINITY
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (150_000, unlimited))  # of the state's log, soon
        answers = ""
        for n in range(30):
            answers = self.send(daemon, self.invitation(f"f{n}@example.org"))
            if "outcome=error" in answers:
                break
        self.assertIn("outcome=error", answers)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        self.assertIn("outcome=queued", self.send(daemon, self.invitation("after@example.org")))

    def test_what_keeps_the_courier_from_its_queue_is_in_the_log(self):
        daemon = self.start()
        subprocess.run(["/usr/bin/python3", "-c", f"import sqlite3; c=sqlite3.connect('{self.folder}/state.db'); c.execute('DROP TABLE known_events'); c.commit()"],
                       check=True)
        self.assertIn("outcome=queued", self.send(daemon, self.invitation()))
        wait_for("the fault", lambda: daemon.lines(" fault ", "known_events"))

    def test_a_mail_that_is_larger_than_the_limit_goes_on_and_says_so(self):
        daemon = self.start("limits: {message: 4KiB}\n")
        self.assertIn("too_large", self.send(daemon, self.invitation() + b"x" * 5000))
        self.assertEqual([], list((self.folder / "calendars").glob("*/*.ics")))

    def test_the_header_of_a_mail_with_no_calendar_is_all_that_crosses_the_socket(self):
        daemon = self.start()
        answer = json.loads(self.send(daemon, b"From: a@example.org\r\nContent-Type: text/plain\r\n\r\n" + b"text\r\n" * 1000))
        self.assertIn('"body_sent": false', json.dumps(answer))

    def test_json_log_is_one_object_a_line(self):
        daemon = self.start("log: {format: json}\n")
        self.send(daemon, self.invitation())
        daemon_lines = wait_for("the job's line", lambda: [line for line in daemon.text().splitlines() if '"done"' in line] and daemon.text().splitlines())
        events = [json.loads(line)["event"] for line in daemon_lines]
        self.assertIn("judged", events)
        self.assertIn("done", events)

    def test_cells_that_were_killed_from_outside_cost_no_mail_anything(self):
        daemon = self.start("limits: {cells: 2}\n")
        forker = subprocess.run(["pgrep", "-P", str(daemon.popen.pid)], capture_output=True, text=True).stdout.split()
        cells = [int(p) for f in forker for p in subprocess.run(["pgrep", "-P", f], capture_output=True, text=True).stdout.split()]
        self.assertEqual(6, len(cells))  # two at work for mail, one for the queue, and as many ready
        for cell in cells:
            os.kill(cell, signal.SIGKILL)
        for n in range(4):
            self.assertIn("outcome=queued", self.send(daemon, self.invitation(f"k{n}@example.org")))


if __name__ == "__main__":
    unittest.main()
