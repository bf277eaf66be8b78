"""Real parts for integration tests: each is started in a private folder on 127.0.0.1 and stopped by its PID.

BUILD and SOURCE (environment) are the build and source directories. Every wait has a limit and fails loudly.
"""
import contextlib
import http.server
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import struct
import subprocess
import tempfile
import threading
import time

import dkim

BUILD = pathlib.Path(os.environ["BUILD"])
SOURCE = pathlib.Path(os.environ["SOURCE"])
DAEMON = BUILD / "milter" / "imip-milter"
IMIPCTL = BUILD / "milter" / "imipctl"
# One user with a folder of events, and the policy `known`; for Daemon.
BOB = """users: [{static: [{user: bob, addresses: [bob@example.com]}]}]
backends: {default: {type: vdir, path: "@d@/calendars/{user}"}}
backend: default
address_books: [{type: file, path: "@d@/contacts"}]
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what: str, condition, seconds: float = 20):
    """Asks until the condition gives something true; that is the answer."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.02)


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def private_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="imip.", dir="/tmp"))  # short: a socket's path holds 107 bytes
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if os.environ.get("KEEP"):
            print("kept:", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


class Process:
    """A program that stays in the foreground."""

    def __init__(self, command, log: pathlib.Path, **options):
        self.log = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen([str(c) for c in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, **options)

    def alive(self) -> bool:
        return self.popen.poll() is None

    def stop(self, sig=signal.SIGTERM, seconds: float = 30) -> int:
        if self.alive():
            self.popen.send_signal(sig)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"{self.popen.args[0]} did not stop within {seconds} s; its log ends:\n{self.tail()}") from None

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


class Daemon(Process):
    """imip-milter with a configuration, in which @d@ is its folder, @source@ the source directory, and @NAME@ one of `values`."""

    def __init__(self, folder: pathlib.Path, config: str, listen: str = "", **values):
        self.folder = folder
        self.socket = folder / "milter.sock"
        self.listen = listen or f"unix:{self.socket}"
        self.config = folder / "imip-milter.yaml"
        for name, value in {"d": folder, "source": SOURCE, **values}.items():
            config = config.replace(f"@{name}@", str(value))
        self.config.write_text(f'listen: {self.listen}\nsocket_mode: "0666"\nauthserv_id: mx.example.com\nstate: sqlite:{folder}/state.db\n' + config)
        log = folder / "daemon.log"
        before = log.read_text().count("started") if log.exists() else 0  # the log of an earlier one in this folder goes on
        super().__init__([DAEMON, "-c", self.config, "--foreground"], log)
        try:
            wait_for("the daemon's line 'started'", lambda: self.text().count("started") > before or not self.alive())
        except AssertionError:
            self.popen.kill()  # nobody else knows of it yet
            self.popen.wait()
            raise
        if not self.alive():
            raise AssertionError("the daemon did not start:\n" + self.tail())

    def stop(self, *arguments, **options) -> int:
        status = super().stop(*arguments, **options)
        reports = self.text().find("WARNING: ThreadSanitizer")  # a daemon that is killed has no exit status that says so
        if reports >= 0:
            raise AssertionError("the thread sanitizer found:\n" + self.text()[reports:][:8000])
        return status

    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def lines(self, *words: str) -> list[str]:
        """The log lines that hold all the words."""
        return [line for line in self.text().splitlines() if all(word in line for word in words)]

    def settled(self, seconds: float = 30):
        """Every job that was queued has ended."""
        waiting = lambda: len(self.lines("outcome=queued")) + len(self.lines("outcome=pending"))
        wait_for("the queue to be empty", lambda: waiting() <= len(self.lines(" done ")) + len(self.lines(" given_up ")),
                 seconds)


class MilterSession:
    """An MTA's connection to a milter (protocol version 6), which a test may leave at any point of a message."""

    ACTIONS = 0x1 | 0x10 | 0x20  # add and change header fields, quarantine
    STEPS = 0x1FFFFF             # every step may be left out or go without a reply, and values keep their leading space

    def __init__(self, path: pathlib.Path, timeout: float = 60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
            self._send(b"O", struct.pack("!III", 6, self.ACTIONS, self.STEPS))
            if self._get()[:1] != b"O":
                raise OSError("the milter does not negotiate")
            self._send(b"C", b"localhost\0U")
        except OSError:
            self.socket.close()
            raise

    def header(self, message: bytes, sender="carol@example.org", recipients=("bob@example.com",)) -> str:
        """Plays the message up to its body, which is kept for end(); the letter of the answer."""
        self._send(b"M", b"<%s>\0" % sender.encode())
        for recipient in recipients:
            self._send(b"R", b"<%s>\0" % recipient.encode())
        head, self.rest = message.split(b"\r\n\r\n", 1)
        for field in head.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n"):
            self._send(b"L", field.replace(b":", b"\0", 1) + b"\0")
        self._send(b"N")
        return self._get()[:1].decode()

    def send_body(self):
        """Plays the rest; verdict() is its answer."""
        for at in range(0, len(self.rest), 65535):
            self._send(b"B", self.rest[at:at + 65535])
        self._send(b"E")

    def verdict(self) -> tuple[str, str]:
        """The letter of the verdict, none when the milter hangs up, and the text of the header fields that it adds."""
        added = ""
        while (answer := self._get())[:1] in (b"i", b"h", b"m", b"q", b"p"):
            added += answer[1:].decode(errors="replace")
        return answer[:1].decode(), added

    def play(self, message: bytes, **envelope) -> tuple[str, str]:
        letter = self.header(message, **envelope)
        if letter != "c":
            return letter, ""
        self.send_body()
        return self.verdict()

    def close(self):
        self.socket.close()

    def _send(self, command: bytes, data: bytes = b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def _get(self) -> bytes:
        size = self._exactly(4)
        return self._exactly(struct.unpack("!I", size)[0]) if size else b""

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                more = self.socket.recv(count - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return b""
            data += more
        return data


class SilentServer:
    """An HTTP server that keeps every request waiting until `released` is set, and then says 404."""

    def __init__(self):
        self.asked, self.released = threading.Event(), threading.Event()
        silent = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_one_request(self):
                self.raw_requestline = self.rfile.readline(65537)
                if self.raw_requestline and self.parse_request():
                    silent.asked.set()
                    silent.released.wait()
                    with contextlib.suppress(OSError):  # whoever asked may be gone
                        self.send_error(404)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


class MailServer:
    """What Postfix and Sendmail have in common: `smtp` is a port, and mail lands in `folder`/mail/NAME/new."""

    smtp: int
    folder: pathlib.Path

    def send(self, message: bytes, sender="carol@example.org", recipients=("bob@example.com",), port=None):
        with smtplib.SMTP("127.0.0.1", port or self.smtp, timeout=60) as smtp:
            smtp.sendmail(sender, list(recipients), message)

    def delivered(self, name: str) -> list[bytes]:
        new = self.folder / "mail" / name / "new"
        files = sorted(new.iterdir(), key=lambda f: (f.stat().st_mtime_ns, f.name)) if new.is_dir() else []
        return [f.read_bytes() for f in files]

    def wait_delivered(self, name: str, count: int, seconds: float = 60) -> list[bytes]:
        return wait_for(f"{count} mails for {name}", lambda: (got := self.delivered(name)) and len(got) >= count and got, seconds)


class Postfix(MailServer):
    def __init__(self, folder: pathlib.Path, milter: str):
        self.folder = folder / "pf"
        for attempt in range(5):  # a port picked free may be taken a moment later
            self.smtp, self.auth, self.plain = free_port(), free_port(), free_port()
            done = subprocess.run([SOURCE / "packaging/postfix/private-postfix", "start", self.folder, str(self.smtp), str(self.auth),
                                   str(self.plain), milter], capture_output=True, text=True)
            if done.returncode == 0:
                return
            self.stop()
        raise AssertionError("Postfix did not start: " + done.stderr)

    def stop(self):
        subprocess.run([SOURCE / "packaging/postfix/private-postfix", "stop", self.folder], check=True)


class Sendmail(MailServer):
    """`filter_line` is its INPUT_MAIL_FILTER line. Debian's packages are fetched once and kept below the build folder."""

    def __init__(self, folder: pathlib.Path, filter_line: str):
        self.folder = folder / "sm"
        script, packages = SOURCE / "packaging/sendmail/private-sendmail", BUILD / "sendmail-packages"
        done = subprocess.run([script, "fetch", packages], capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            raise AssertionError("no Sendmail to test with: " + done.stderr)
        for attempt in range(5):  # a port picked free may be taken a moment later
            self.smtp = free_port()
            done = subprocess.run([script, "start", self.folder, str(self.smtp), filter_line, packages], capture_output=True, text=True, timeout=60)
            if done.returncode == 0:
                return
            self.stop()
        raise AssertionError("Sendmail did not start: " + done.stderr)

    def stop(self):
        subprocess.run([SOURCE / "packaging/sendmail/private-sendmail", "stop", self.folder], check=True, timeout=60)


class Radicale(Process):
    """CalDAV; `milter` may write into everybody's calendar."""

    def __init__(self, folder: pathlib.Path, port: int = 0):
        self.folder, self.port = folder / "rad", port or free_port()
        self.folder.mkdir(exist_ok=True)
        f = self.folder
        (f / "config").write_text(f"""[server]
hosts = 127.0.0.1:{self.port}
[auth]
type = htpasswd
htpasswd_filename = {f}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {f}/rights
[storage]
filesystem_folder = {f}/data
""")
        (f / "users").write_text("alice:pw-alice\nbob:pw-bob\nmilter:pw-milter\n")
        (f / "rights").write_text("[milter]\nuser: milter\ncollection: .*\npermissions: RrWw\n"
                                  "[principal]\nuser: .+\ncollection: {user}\npermissions: RW\n"
                                  "[collections]\nuser: .+\ncollection: {user}/[^/]+\npermissions: rw\n")
        super().__init__(["/usr/bin/radicale", "--config", f / "config"], f / "log")
        wait_for("Radicale", lambda: listens(self.port) or not self.alive())
        if not self.alive():
            raise AssertionError("Radicale did not start:\n" + self.tail())
        self.url = f"http://127.0.0.1:{self.port}"

    def curl(self, *arguments: str, user: str = "milter") -> str:
        return subprocess.run(["curl", "-fsS", "-m", "20", "-u", f"{user}:pw-{user}", *arguments], check=True, capture_output=True, text=True).stdout

    def make_calendar(self, user: str):
        self.curl("-X", "MKCALENDAR", f"{self.url}/{user}/default/", user=user)  # his first login makes his home

    def events(self, user: str) -> list[str]:
        """Every calendar object in the calendar, over CalDAV."""
        text = self.curl(f"{self.url}/{user}/default/")  # the whole collection as one VCALENDAR
        return text.replace("\r\n", "\n").replace("\n ", "").split("BEGIN:VEVENT")[1:]


class Slapd(Process):
    """A directory with bob."""

    def __init__(self, folder):
        self.port = free_port()
        f = folder / "ldap"
        (f / "db").mkdir(parents=True)
        (f / "slapd.conf").write_text(f"""include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {f}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 10485760
suffix "dc=example,dc=com"
directory {f}/db
""")
        (f / "tree.ldif").write_text("""dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=bob,dc=example,dc=com
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Bob
mail: bob@example.com
mail: robert@example.com
""")
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", f / "slapd.conf", "-l", f / "tree.ldif"], check=True, capture_output=True, timeout=60)
        super().__init__(["/usr/sbin/slapd", "-d", "0", "-f", f / "slapd.conf", "-h", f"ldap://127.0.0.1:{self.port}/"], f / "log")
        wait_for("slapd", lambda: listens(self.port) or not self.alive())


class Dns(Process):
    """unbound that answers for the names in `keys` and nothing else."""

    def __init__(self, folder: pathlib.Path, keys: dict[str, str]):
        f = folder / "dns"
        f.mkdir()
        self.port = free_port()
        data = "\n".join(f"  local-data: '{name}. 300 IN TXT " + " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250)) + "'"
                         for name, text in keys.items())
        (f / "unbound.conf").write_text(f"""server:
  directory: "{f}"
  chroot: ""
  username: ""
  pidfile: "{f}/pid"
  use-syslog: no
  interface: 127.0.0.1@{self.port}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-daemonize: no
  verbosity: 2
  log-queries: yes
  module-config: "iterator"
  local-zone: "." static
  local-zone: "example.org." static
{data}
""")
        super().__init__(["/usr/sbin/unbound", "-d", "-c", f / "unbound.conf"], f / "log")
        wait_for("unbound", lambda: listens(self.port) or not self.alive())


class Key:
    """A DKIM key of a domain."""

    def __init__(self, folder: pathlib.Path, domain: str, selector: str = "s1"):
        self.domain, self.selector = domain, selector
        subprocess.run(["/usr/sbin/opendkim-genkey", "-D", folder, "-d", domain, "-s", selector, "-b", "2048"], check=True)
        self.private = (folder / f"{selector}.private").read_bytes()
        self.text = "".join((folder / f"{selector}.txt").read_text().split('"')[1::2])
        self.name = f"{selector}._domainkey.{domain}"

    def sign(self, message: bytes) -> bytes:
        """By another implementation than the one that verifies."""
        field = dkim.sign(message, self.selector.encode(), self.domain.encode(), self.private,
                          include_headers=[b"From", b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Content-Type"])
        return field + message

    def verifies(self, message: bytes) -> bool:
        records = {f"{self.name}.".encode(): self.text.encode()}
        return dkim.verify(message, dnsfunc=lambda name, timeout=5: records.get(name))


def event(uid: str, *, stamp="20261121T090000Z", sequence=0, start="20270118T100000Z", end="20270118T110000Z", summary="Planning",
          organizer="carol@example.org", attendees=(("carol@example.org", "ACCEPTED"), ("bob@example.com", "NEEDS-ACTION")), more=()) -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp}", f"SEQUENCE:{sequence}", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}",
            f"ORGANIZER:mailto:{organizer}", *(f"ATTENDEE;PARTSTAT={state}:mailto:{address}" for address, state in attendees), *more, "END:VEVENT"]


def calendar(lines: list[str], method: str | None = None) -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Test//EN"] + ([f"METHOD:{method}"] if method else [])
    return "\r\n".join([*head, *lines, "END:VCALENDAR", ""])


def mail(method: str, lines: list[str], *, sender="Carol <carol@example.org>", to="Bob <bob@example.com>", subject="Planning", mid="m1") -> bytes:
    text = f"""From: {sender}
To: {to}
Subject: {subject}
Date: Sat, 21 Nov 2026 09:00:00 +0000
Message-ID: <{mid}@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=-b"

--=-b
Content-Type: text/plain; charset=utf-8

{subject}
--=-b
Content-Type: text/calendar; charset=utf-8; method={method}

""".replace("\n", "\r\n") + calendar(lines, method) + "--=-b--\r\n"
    return text.encode()


def processing_fields(message: bytes) -> list[str]:
    """The values of the Calendar-Processing fields of a delivered mail, unfolded."""
    head = message.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode(errors="replace").replace("\n\t", " ").replace("\n ", " ")
    return [line.split(":", 1)[1].strip() for line in head.splitlines() if line.lower().startswith("calendar-processing:")]
