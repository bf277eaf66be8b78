"""Postfix and Sendmail."""
import pathlib
import smtplib
import subprocess

from .base import BUILD, SOURCE, free_port, wait_for


class MailServer:
    """What Postfix and Sendmail have in common: `smtp` is a port, and mail lands in `folder`/mail/NAME/new."""

    smtp: int
    folder: pathlib.Path

    def send(self, message: bytes, sender="carol@example.org", recipients=("bob@example.com",), port=None, client="", login=""):
        """From the IP address `client` (Postfix only), or as `login`, who has a password as in private-postfix."""
        with smtplib.SMTP("127.0.0.1", port or self.smtp, timeout=120) as smtp:
            if client:
                smtp.ehlo()
                self.expect(220, smtp.docmd("XCLIENT", f"ADDR={client}"))
                smtp.ehlo()
            if login:
                smtp.login(login, f"pw-{login}")
            smtp.sendmail(sender, list(recipients), message)

    @staticmethod
    def expect(code: int, reply: tuple[int, bytes]):
        if reply[0] != code:
            raise AssertionError(f"not {code}: {reply}")

    def delivered(self, name: str) -> list[bytes]:
        new = self.folder / "mail" / name / "new"
        files = sorted(new.iterdir(), key=lambda f: (f.stat().st_mtime_ns, f.name)) if new.is_dir() else []
        return [f.read_bytes() for f in files]

    def wait_delivered(self, name: str, count: int, seconds: float = 120) -> list[bytes]:
        return wait_for(f"{count} messages for {name}", lambda: (got := self.delivered(name)) and len(got) >= count and got, seconds)


class Postfix(MailServer):
    """`main_cf` are lines that replace those of private-postfix."""

    def __init__(self, folder: pathlib.Path, milter: str, *main_cf: str):
        self.folder = folder / "pf"
        for attempt in range(5):  # a port picked free may be taken a moment later
            self.smtp, self.auth, self.plain = free_port(), free_port(), free_port()
            done = subprocess.run([SOURCE / "packaging/postfix/private-postfix", "start", self.folder, str(self.smtp), str(self.auth),
                                   str(self.plain), milter, *main_cf], capture_output=True, text=True, timeout=120)
            if done.returncode == 0:
                return
            self.stop()
        raise AssertionError("Postfix did not start: " + done.stderr)

    def stop(self):
        subprocess.run([SOURCE / "packaging/postfix/private-postfix", "stop", self.folder], check=True, timeout=120)


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
            done = subprocess.run([script, "start", self.folder, str(self.smtp), filter_line, packages], capture_output=True, text=True, timeout=120)
            if done.returncode == 0:
                return
            self.stop()
        raise AssertionError("Sendmail did not start: " + done.stderr)

    def stop(self):
        subprocess.run([SOURCE / "packaging/sendmail/private-sendmail", "stop", self.folder], check=True, timeout=120)
