"""The daemon is killed while signed invitations come in: every mail that Postfix delivered has its event, none twice."""
import collections
import concurrent.futures
import re
import signal
import smtplib
import threading
import unittest

from parts import BOB, Daemon, Key, Postfix, event, mail, private_folder, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
""" + BOB
MESSAGES = 200


class Killed(unittest.TestCase):
    def test_every_delivered_mail_has_its_event_and_none_twice(self):
        folder = self.enterContext(private_folder())
        key = Key(folder, "example.org")
        (folder / "keys").write_text(f"{key.name} {key.text}\n")
        (folder / "contacts").write_text("carol@example.org\n")
        messages = [key.sign(mail("REQUEST", event(f"crash-{n}@example.org"), mid=f"crash-{n}")) for n in range(MESSAGES)]
        daemon = Daemon(folder, CONFIG)
        self.addCleanup(lambda: daemon.stop())
        postfix = Postfix(folder, f"unix:{daemon.socket}")
        self.addCleanup(postfix.stop)

        accepted, deferred = set(), []
        third = threading.Event()
        lock = threading.Lock()

        def send(n):
            try:
                postfix.send(messages[n])
            except smtplib.SMTPResponseException as error:
                self.assertTrue(400 <= error.smtp_code < 500, error)  # come again; never lost, never refused
                with lock:
                    deferred.append(n)
                return
            with lock:
                accepted.add(n)
                if len(accepted) >= MESSAGES // 3:
                    third.set()

        with concurrent.futures.ThreadPoolExecutor(4) as senders:
            work = [senders.submit(send, n) for n in range(MESSAGES)]
            self.assertTrue(third.wait(60), "a third of the messages was never accepted")
            daemon.stop(signal.SIGKILL)
            killed_at = len(accepted)
            for future in work:
                future.result()
        self.assertLess(killed_at, MESSAGES, "it was killed after the last mail: nothing was shown")
        self.assertTrue(deferred, "no mail met the dead daemon: nothing was shown")

        daemon = Daemon(folder, CONFIG)
        again, deferred = deferred, []
        for n in again:
            send(n)
        self.assertEqual([], deferred)
        self.assertEqual(MESSAGES, len(accepted))
        delivered = postfix.wait_delivered("bob", MESSAGES)
        uids = {re.search(rb"^UID:(.*?)\r?$", message, re.M).group(1).decode() for message in delivered}
        calendar = folder / "calendars" / "bob"
        wait_for("the event of every mail", lambda: len(list(calendar.glob("*.ics"))) >= len(uids), 60)
        found = collections.Counter(re.search(r"^UID:(.*?)$", file.read_text(), re.M).group(1) for file in calendar.glob("*.ics"))
        self.assertEqual(uids, set(found))
        self.assertEqual({1}, set(found.values()))
        for file in calendar.glob("*.ics"):
            self.assertEqual(1, file.read_text().count("BEGIN:VEVENT"), file)


if __name__ == "__main__":
    unittest.main()
