"""What the tests behind real filters have in common: what rspamd, or OpenDKIM and OpenDMARC, found out about a sender counts, and what
senders write into the same fields does not. The daemon verifies nothing itself.
"""
import itertools
import json
import re
import signal
import subprocess
from typing import Callable, NamedTuple

from parts import BOB, IMIPCTL, SOURCE, Daemon, DnsOnPort53, Key, Postfix, event, mail, private_folder, wait_for

CONFIG = """
authentication:
  dkim: {verify: false}
  trusted_results: {}
""" + BOB
MANUAL = [line.removeprefix(".Dl ") for line in (SOURCE / "man/imip-milter.yaml.5").read_text().splitlines()]


def as_in_manual(*lines: str) -> list[str]:
    """The tests use what postmasters are told to use."""
    for line in lines:
        assert line in MANUAL, f"imip-milter.yaml(5) has no line {line}"
    return list(lines)


HER_HOST, ELSEWHERE = "192.0.2.7", "203.0.113.9"  # example.org sends from the one, evil.example from the other
numbers = itertools.count(1)


class Row(NamedTuple):
    what: str
    by: str  # how the sender is proven; empty: the message is not accepted
    made: Callable[["BehindFilters", bytes], bytes]  # from an invitation that carol@example.org did not sign
    client: str = ELSEWHERE
    sender: str = "carol@example.org"
    login: str = ""


def brings(fields: bytes):
    return lambda site, message: fields + b"\r\n" + message


def moved(message: bytes) -> bytes:
    return message.replace(b"DTSTART:20270118T100000Z", b"DTSTART:20270118T090000Z")


SIGNED = Row("signed by the domain of From", "trusted dmarc", lambda site, message: site.carol.sign(message))
SPF_ALONE = Row("not signed, from a host of the domain", "trusted dmarc", lambda site, message: message, HER_HOST)
UNSIGNED = Row("not signed, from elsewhere", "", lambda site, message: message)
DKIM = b"dkim=pass header.d=example.org"
DKIM_AND_DMARC = b"Authentication-Results: mx.example.com; " + DKIM + b"; dmarc=pass header.from=example.org"
BELOW_RECEIVED = brings(b"Received: from example.org by mx.example.com; Tue, 1 Dec 2026 00:00:00 +0000\r\n" + DKIM_AND_DMARC)
FROM_LOGIN = Row("from a login of this site, and brings DKIM and DMARC itself", "", brings(DKIM_AND_DMARC), login="alice")
ROWS = [
    SIGNED,
    SPF_ALONE,
    Row("signed, and another server saw it fail", "trusted dmarc", lambda site, message:
        b"Authentication-Results: mx.example.net; dkim=fail header.d=example.org\r\n" + site.carol.sign(message)),
    UNSIGNED,
    Row("signed, and changed since", "", lambda site, message: moved(site.carol.sign(message))),
    Row("signed and sent by a stranger", "", lambda site, message: site.mallory.sign(message), sender="mallory@evil.example"),
    Row("brings DKIM and DMARC itself", "", brings(DKIM_AND_DMARC)),
    Row("brings DKIM itself", "", brings(b"Authentication-Results: mx.example.com; " + DKIM)),
    Row("brings DMARC itself", "", brings(b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.org")),
    Row("brings SPF itself, from which OpenDMARC would conclude DMARC", "",
        brings(b"Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=example.org")),
    Row("brings DKIM with a property that OpenDKIM cannot read", "",
        brings(b"Authentication-Results: mx.example.com; dkim=pass x-bits=2048 header.d=example.org")),
    Row("brings DKIM more often than OpenDKIM reads", "", brings(b"Authentication-Results: mx.example.com" + (b";\r\n " + DKIM) * 20)),
    Row("brings DKIM in another form", "", brings(b"AUTHENTICATION-RESULTS :\r\n (by) MX.Example.COM 1 ; DKIM = PASS header . d = example.org")),
    Row("brings DKIM, and the name of the server in quotes", "", brings(rb'Authentication-Results: "m\x.example.com"; ' + DKIM)),
    Row("brings DKIM and DMARC below a Received field", "", BELOW_RECEIVED),
    FROM_LOGIN,
]


class BehindFilters:
    """All tests of a class share one site: its filters, its Postfix and its daemon."""

    hops = 0  # as the manual has it for the site
    header_checks = as_in_manual("/^Authentication-Results:/ IGNORE")

    @classmethod
    def setUpClass(cls):
        cls.folder = folder = cls.enterClassContext(private_folder())
        (folder / "contacts").write_text("carol@example.org\n")
        (folder / "header_checks").write_text("".join(line + "\n" for line in cls.header_checks))
        cls.carol, cls.mallory = Key(folder, "example.org"), Key(folder, "evil.example", "s2")
        dns = cls.started(DnsOnPort53(folder, {
            cls.carol.name: cls.carol.text, "example.org": f"v=spf1 ip4:{HER_HOST} -all", "_dmarc.example.org": "v=DMARC1; p=none",
            cls.mallory.name: cls.mallory.text, "evil.example": f"v=spf1 ip4:{ELSEWHERE} -all"}))
        filters = [cls.started(each) for each in cls.filters(folder, dns)]
        cls.daemon = cls.started(Daemon(folder, CONFIG))
        cls.start_postfix([each.milter for each in filters], f"header_checks = regexp:{folder}/header_checks")
        cls.accepted = set()

    @classmethod
    def started(cls, part):
        cls.addClassCleanup(part.stop)
        return part

    def setUp(self):
        self.trust(self.hops)

    def trust(self, hops: int, methods="dmarc, dkim"):
        """Reloads the daemon with these `trusted_results`."""
        config = self.daemon.config
        config.write_text(re.sub("trusted_results: .*", f"trusted_results: {{authserv_ids: [mx.example.com], hops: {hops}, methods: [{methods}]}}",
                                 config.read_text()))
        before = len(self.daemon.lines(" reloaded"))
        self.daemon.popen.send_signal(signal.SIGUSR1)
        wait_for("the reload", lambda: len(self.daemon.lines(" reloaded")) > before)

    def send(self, row: Row) -> str:
        """Sends the message; gives the daemon's log line about it."""
        uid = f"{next(numbers)}@example.org"
        message = row.made(self, mail("REQUEST", event(uid), mid=uid.split("@")[0]))
        self.border.send(message, sender=row.sender, client="" if row.login else row.client, login=row.login,
                         port=self.border.auth if row.login else None)
        line = wait_for(f"the decision about {uid}", lambda: self.daemon.lines(" judged ", f" uid={uid} "))[0]
        if "outcome=queued" in line:
            self.accepted.add(uid)
        return line

    def judged(self, row: Row, by: str) -> str:
        """The same; the message is accepted because it is proven this way, or not accepted."""
        line = self.send(row)
        self.assertIn("outcome=queued" if by else "outcome=ignored", line)
        self.assertEqual(by, (re.search(' by="([^"]*)"', line) or ["", ""])[1], line)
        return line

    def test_whom_the_filters_prove_is_proven_and_nobody_else(self):
        for row in ROWS:
            with self.subTest(row.what):
                self.judged(row, row.by)
        self.daemon.settled()
        self.assertEqual({f"{uid}.ics" for uid in self.accepted}, {file.name for file in (self.folder / "calendars/bob").glob("*.ics")})

    def test_only_the_methods_count_that_are_trusted(self):
        for methods, row, by in (("dkim", SIGNED, "trusted dkim"), ("dkim", SPF_ALONE, ""), ("dmarc", SIGNED, "trusted dmarc"),
                                 ("dmarc", SPF_ALONE, "trusted dmarc")):
            with self.subTest(row.what, methods=methods):
                self.trust(self.hops, methods)
                self.judged(row, by)

    def delivered(self, line: str) -> bytes:
        """The message of this log line, as Bob has it."""
        uid = re.search(" uid=(\\S+)", line)[1].encode()
        return wait_for("its delivery", lambda: [each for each in self.inner.delivered("bob") if b"UID:" + uid in each])[0]

    def as_the_daemon_saw_it(self, line: str) -> bytes:
        """Without what delivery put on top, down to the Received field of the daemon's host."""
        return re.sub(rb"\A.*?^Received:.*?^(?=\S)", b"", self.delivered(line), flags=re.S | re.M)

    def imipctl(self, subcommand: str, message: bytes, *arguments: str) -> str:
        file = self.folder / "message.eml"
        file.write_bytes(message)
        done = subprocess.run([IMIPCTL, subcommand, "-c", self.daemon.config, *arguments, file], capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout

    def test_simulate_proves_the_same_of_what_was_delivered(self):
        for row in (SIGNED, UNSIGNED):
            with self.subTest(row.what):
                report = json.loads(self.imipctl("simulate", self.delivered(self.send(row)), "--json"))
                self.assertEqual({row.by: 1} if row.by else {}, report["configurations"][0]["proven"])


class OneHost(BehindFilters):
    """The daemon is the last milter."""

    @classmethod
    def start_postfix(cls, milters: list[str], *main_cf: str):
        cls.border = cls.inner = cls.started(Postfix(cls.folder, ", ".join([*milters, f"unix:{cls.daemon.socket}"]), *main_cf))


class TwoHosts(BehindFilters):
    """The border host has the filters and passes on to the inner host, which has the daemon."""

    @classmethod
    def start_postfix(cls, milters: list[str], *main_cf: str):
        cls.inner = cls.started(Postfix(cls.folder / "inner", f"unix:{cls.daemon.socket}", "myhostname = inner.example.com"))
        cls.border = cls.started(Postfix(cls.folder / "border", ", ".join(milters), *main_cf, "virtual_mailbox_domains =",
                                         "relay_domains = example.com", f"relay_transport = relay:[127.0.0.1]:{cls.inner.smtp}"))

    def test_hops_are_the_received_fields_above_the_results(self):
        for hops in (0, 1, 3):
            with self.subTest(hops=hops):
                self.trust(hops)
                enough = hops >= self.hops
                self.judged(Row("brings DKIM and DMARC below a Received field", "", BELOW_RECEIVED), "")
                line = self.judged(SIGNED, SIGNED.by if enough else "")
                why = f"Authentication-Results of mx.example.com do not count: they are below the field Received ('hops' is {hops})"
                self.assertEqual(not enough, why in line, line)
                checked = self.imipctl("check", self.as_the_daemon_saw_it(line), "--recipient", "bob@example.com")
                self.assertEqual(not enough, why in checked, checked)
                self.assertEqual(enough, SIGNED.by in checked, checked)
