"""DNS, and the DKIM keys that it publishes."""
import pathlib
import subprocess

import dkim

from .base import Process, free_port, listens, wait_for


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
