"""DNS, and the DKIM keys that it publishes."""
import pathlib
import random
import subprocess

import dkim

from .base import Process, free_port, wait_for


class Dns(Process):
    """unbound that answers for the TXT records in `texts` and nothing else."""

    host = "127.0.0.1"

    def __init__(self, folder: pathlib.Path, texts: dict[str, str]):
        f = folder / "dns"
        f.mkdir()
        self.port = self.choose_port()
        data = "\n".join(f"  local-data: '{name}. 300 IN TXT " + " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250)) + "'"
                         for name, text in texts.items())
        (f / "unbound.conf").write_text(f"""server:
  directory: "{f}"
  chroot: ""
  username: ""
  pidfile: "{f}/pid"
  use-syslog: no
  interface: {self.host}@{self.port}
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
        wait_for("unbound", lambda: "start of service" in self.tail() or not self.alive())
        if not self.alive():
            raise AssertionError(f"unbound does not listen on {self.host}, port {self.port}:\n{self.tail()}")

    def choose_port(self) -> int:
        return free_port()


class DnsOnPort53(Dns):
    """For those who cannot be told a port. The address is one of the 16 million of this host."""

    def choose_port(self) -> int:
        self.host = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        return 53


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
