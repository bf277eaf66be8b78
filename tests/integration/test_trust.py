"""Who may put what into a calendar, as users meet it: held for review, known to those who were written to, proven by an agent address;
and a directory that hangs delays no mail, while the decision is taken when it answers again. Played by imipctl send."""
import json
import signal
import subprocess
import time
import unittest

from parts import BOB, IMIPCTL, Daemon, Key, Slapd, calendar, event, mail, private_folder, wait_for

CONFIG = """
authentication: {dkim: {keys_file: "@d@/keys"}}
limits: {end_of_message: 8s}
queue: {retry: [1s]}
"""
MANUAL = BOB.replace("preset: known", "preset: manual").replace("presets: {", "presets: {manual: @source@/etc/policies/manual.yaml, ")


class Trust(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(private_folder())
        self.key = Key(self.folder, "example.org")
        (self.folder / "keys").write_text(f"{self.key.name} {self.key.text}\n")
        (self.folder / "contacts").write_text("")

    def start(self, config: str, **values) -> Daemon:
        daemon = Daemon(self.folder, CONFIG + config, **values)
        self.addCleanup(lambda: daemon.alive() and daemon.stop())
        return daemon

    def send(self, daemon, message: bytes, *, sender="carol@example.org", recipient="bob@example.com", more=()) -> str:
        file = self.folder / "mail.eml"
        file.write_bytes(message)
        done = subprocess.run([IMIPCTL, "send", "--json", "--to", daemon.listen, "--from", sender, "--recipient", recipient, *more, file],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def imipctl(self, *arguments, status=0) -> dict:
        done = subprocess.run([IMIPCTL, *arguments, "--json", "-c", self.folder / "imip-milter.yaml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def events(self) -> list[str]:
        return sorted(f.name for f in (self.folder / "calendars/bob").glob("*.ics"))

    def signed(self, uid: str, method="REQUEST", **more) -> bytes:
        return self.key.sign(mail(method, event(uid, **more), mid=uid))

    def test_what_is_held_waits_for_a_person(self):
        daemon = self.start(MANUAL)
        self.assertIn("outcome=held", self.send(daemon, self.signed("yes@example.org")))
        self.assertIn("outcome=held", self.send(daemon, self.signed("no@example.org")))
        self.assertIn("outcome=ignored", self.send(daemon, mail("REQUEST", event("unsigned@example.org"))))
        items = {item["uid"]: item for item in self.imipctl("review", "list")["items"]}
        self.assertEqual({"yes@example.org", "no@example.org"}, set(items))
        self.assertEqual("what organizers send", items["yes@example.org"]["rule"])
        self.assertEqual("carol@example.org", items["yes@example.org"]["from"])
        shown = self.imipctl("review", "show", items["yes@example.org"]["id"][:10])["items"][0]
        self.assertIn("UID:yes@example.org", shown["content"])
        self.assertEqual([], self.events())

        empty = subprocess.run([IMIPCTL, "review", "dismiss", "", "-c", self.folder / "imip-milter.yaml"], capture_output=True, text=True, timeout=60)
        self.assertEqual((2, True), (empty.returncode, "empty" in empty.stderr))
        self.imipctl("review", "dismiss", items["no@example.org"]["id"])
        self.imipctl("review", "apply", items["yes@example.org"]["id"])
        wait_for("the released invitation in the calendar", lambda: self.events() == ["yes@example.org.ics"])
        self.imipctl("review", "apply", items["no@example.org"]["id"], status=1)
        self.imipctl("review", "apply", items["yes@example.org"]["id"], status=1)
        self.assertEqual([], self.imipctl("review", "list", status=1)["items"])
        nothing = subprocess.run([IMIPCTL, "review", "list", "--user", "bbo", "-c", self.folder / "imip-milter.yaml"], capture_output=True, text=True, timeout=60)
        self.assertEqual((1, "", "imipctl: nothing is held for user \"bbo\"\n"), (nothing.returncode, nothing.stdout, nothing.stderr))
        self.assertIn("outcome=held", self.send(daemon, self.signed("no@example.org")))  # the same message again is held again
        self.assertEqual(["no@example.org"], [item["uid"] for item in self.imipctl("review", "list")["items"]])

    def test_an_uninvited_answer_is_held_when_that_is_the_option(self):
        rules = "policy: [{name: answers, if: {method: REPLY, known_uid: true}, then: apply}, {name: all, if: {method: REQUEST}, then: apply}]\n"
        daemon = self.start(BOB.split("presets")[0] + rules + "itip: {party_crashers: hold}\n")
        folder = self.folder / "calendars/bob"
        folder.mkdir(parents=True)
        (folder / "mine@example.com.ics").write_text(calendar(event("mine@example.com", organizer="bob@example.com",
                                                                    attendees=(("dave@example.org", "NEEDS-ACTION"),))), newline="")
        reply = event("mine@example.com", organizer="bob@example.com", attendees=(("carol@example.org", "ACCEPTED"),))
        self.send(daemon, self.key.sign(mail("REPLY", reply)))
        item = wait_for("the held answer", lambda: subprocess.run(
            [IMIPCTL, "review", "list", "-c", self.folder / "imip-milter.yaml"], capture_output=True).returncode == 0
            and self.imipctl("review", "list")["items"])[0]
        self.assertNotIn("carol", (folder / "mine@example.com.ics").read_text())
        self.imipctl("review", "apply", item["id"])
        wait_for("her line", lambda: "PARTSTAT=ACCEPTED" in (folder / "mine@example.com.ics").read_text().replace("\n ", ""))

    def test_whom_a_user_writes_to_is_known_from_then_on(self):
        learned = BOB.replace('{type: file, path: "@d@/contacts"}', "{type: learned}")
        daemon = self.start(learned)
        self.assertIn("outcome=ignored", self.send(daemon, self.signed("before@example.org")))
        plain = b"From: bob@example.com\r\nTo: carol@example.org\r\nSubject: Hello\r\n\r\nHello\r\n"
        self.send(daemon, plain, sender="bob@example.com", recipient="carol@example.org")  # from outside: teaches nothing
        self.assertIn("outcome=ignored", self.send(daemon, self.signed("still@example.org")))
        self.send(daemon, plain, sender="bob@example.com", recipient="carol@example.org", more=("--auth", "bob"))
        wait_for("the lesson", lambda: "outcome=queued" in self.send(daemon, self.signed("after@example.org")))
        daemon.settled()
        self.assertEqual(["after@example.org.ics"], self.events())

    def test_an_answer_to_an_agent_address(self):
        (self.folder / "agent.secrets").write_text("aa this is the secret of the test\n")
        rules = "policy: [{name: seen, if: {method: REPLY, authenticated: true, agent: true}, then: apply}]\n"
        daemon = self.start(BOB.split("presets")[0] + rules + 'agent_address: {pattern: "cal+{token}@example.com", secret_file: "@d@/agent.secrets"}\n')
        folder = self.folder / "calendars/bob"
        folder.mkdir(parents=True)
        (folder / "mine@example.com.ics").write_text(calendar(event("mine@example.com", organizer="bob@example.com",
                                                                    attendees=(("carol@example.org", "NEEDS-ACTION"),))), newline="")
        address = self.imipctl("agent-address", "bob", "mine@example.com")["address"]
        self.assertEqual(address, self.imipctl("agent-address", "bob@example.com", "mine@example.com")["address"])
        self.assertNotEqual(address, self.imipctl("agent-address", "bob", "other@example.com")["address"])
        self.imipctl_fails("agent-address", "nobody", "mine@example.com")

        def reply(organizer):
            return self.key.sign(mail("REPLY", event("mine@example.com", organizer=organizer, attendees=(("carol@example.org", "ACCEPTED"),))))
        self.assertIn("outcome=ignored", self.send(daemon, reply("bob@example.com")))
        other = self.imipctl("agent-address", "bob", "other@example.com")["address"]
        self.assertNotIn("outcome=", self.send(daemon, reply(other), recipient=other))
        self.assertIn("outcome=queued", self.send(daemon, reply(address), recipient=address))
        daemon.settled()
        self.assertIn("PARTSTAT=ACCEPTED", (folder / "mine@example.com.ics").read_text().replace("\n ", ""))

    def imipctl_fails(self, *arguments):
        done = subprocess.run([IMIPCTL, *arguments, "-c", self.folder / "imip-milter.yaml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(2, done.returncode, done.stdout + done.stderr)
        self.assertIn("nobody", done.stderr)

    def test_results_of_whatever_name_that_came_with_the_mail_stay(self):
        daemon = self.start(BOB)
        forged = (b"Calendar-Processing: x\r\nReceived: from elsewhere\r\n"
                  b"Authentication-Results: mx.example.com; dkim=pass header.d=example.org\r\n"
                  b"authentication-results: (x) MX.example.com 1; dmarc=pass header.from=example.org\r\n")
        for message in (mail("REQUEST", event("e@example.org")), b"From: carol@example.org\r\nSubject: plain\r\n\r\ntext\r\n"):
            verdict = json.loads(self.send(daemon, forged + message))
            removed = [change["name"] for change in self.changes(verdict) if change.get("index") and change.get("name")]
            self.assertEqual({"Calendar-Processing"}, set(removed), verdict)

    @staticmethod
    def changes(verdict) -> list[dict]:
        found = verdict if isinstance(verdict, list) else verdict.get("results", [verdict])
        return [change for result in found for change in result.get("changes", [])]


class ADirectoryThatHangs(unittest.TestCase):
    """slapd is stopped with SIGSTOP: it takes connections and never answers."""

    def test_delays_no_mail_beyond_the_limit_and_the_decision_is_taken_when_it_answers(self):
        with private_folder() as folder:
            slapd = Slapd(folder)
            self.addCleanup(lambda: (slapd.popen.send_signal(signal.SIGCONT), slapd.stop()))
            config = CONFIG + f"""
users: [{{ldap: {{url: "ldap://127.0.0.1:{slapd.port}", base: "dc=example,dc=com", filter: "(mail={{address}})", timeout: 2s}}}}]
backends: {{default: {{type: vdir, path: "@d@/calendars/{{user}}"}}}}
backend: default
policy: [{{name: all, if: {{method: REQUEST}}, then: apply}}]
"""
            daemon = Daemon(folder, config.replace("authentication: {dkim: {keys_file: \"@d@/keys\"}}", "authentication: {dkim: {verify: false}}"))
            self.addCleanup(lambda: daemon.alive() and daemon.stop())

            def send(uid: str, recipient="bob@example.com") -> tuple[str, float]:
                file = folder / "mail.eml"
                file.write_bytes(mail("REQUEST", event(uid, attendees=((recipient, "NEEDS-ACTION"),))))
                begin = time.monotonic()
                done = subprocess.run([IMIPCTL, "send", "--json", "--to", daemon.listen, "--from", "carol@example.org", "--recipient", recipient, file],
                                      capture_output=True, text=True, timeout=60)
                return done.stdout, time.monotonic() - begin

            self.assertIn("outcome=queued", send("first@example.org")[0])
            daemon.settled()
            slapd.popen.send_signal(signal.SIGSTOP)
            answer, seconds = send("second@example.org", "robert@example.com")  # not remembered yet
            self.assertIn("outcome=pending", answer)
            self.assertLess(seconds, 8, "limits: end_of_message")
            answer, again = send("third@example.org", "robert@example.com")
            self.assertIn("outcome=pending", answer)
            self.assertLess(again, 2, "a directory that just hung is not waited for again")
            calendars = folder / "calendars/bob"
            self.assertEqual(["first@example.org.ics"], sorted(f.name for f in calendars.glob("*.ics")))
            slapd.popen.send_signal(signal.SIGCONT)
            wait_for("the deferred invitations", lambda: sorted(f.name for f in calendars.glob("*.ics")) ==
                     ["first@example.org.ics", "second@example.org.ics", "third@example.org.ics"], 60)
            daemon.settled()
            # Somebody the directory does not know is nobody's business, then as now.
            self.assertNotIn("outcome=", send("fourth@example.org", "nobody@example.com")[0])


if __name__ == "__main__":
    unittest.main()
