"""Milters that verify DKIM, SPF and DMARC, and record it in Authentication-Results: rspamd, OpenDKIM and OpenDMARC."""
import pathlib
import shutil
import signal

from .base import Process, free_port, listens, wait_for
from .dns import Dns


class Filter(Process):
    """A milter that listens on a port; `milter` is how Postfix writes it. Its log is in the folder of its name."""

    def __init__(self, folder: pathlib.Path, command, **options):
        super().__init__(command, folder / "log", **options)
        self.milter = f"inet:127.0.0.1:{self.port}"
        name = pathlib.Path(command[0]).name
        wait_for(name, lambda: listens(self.port) or not self.alive())
        if not self.alive():
            raise AssertionError(f"{name} did not start:\n{self.tail()}")


class LibmilterFilter(Filter):
    """It needs 5 seconds to end by itself."""

    def stop(self, sig=signal.SIGKILL, seconds: float = 30) -> int:
        return super().stop(sig, seconds)


class Rspamd(Filter):
    """rspamd with the modules that authenticate, and nothing else. `lines` are those of milter_headers.conf."""

    def __init__(self, folder: pathlib.Path, dns: Dns, *lines: str):
        self.port = free_port()
        f = folder / "rspamd"
        f.mkdir()
        (f / "rspamd.conf").write_text(f"""options {{
  filters = "dkim";
  pidfile = "{f}/pid";
  tempdir = "{f}";
  cache_file = "{f}/symbols.cache";
  hs_cache_dir = "{f}";
  control_socket = "{f}/control mode=0600";
  url_tld = "{f}/suffixes";
  dns {{ nameserver = ["{dns.host}:{dns.port}"]; timeout = 2s; retransmits = 2; }}
}}
logging {{ type = "console"; level = "info"; }}
worker "rspamd_proxy" {{
  bind_socket = "127.0.0.1:{self.port}";
  count = 1;
  milter = yes;
  timeout = 20s;
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
actions {{ reject = 1000; }}
dkim {{}}
spf {{}}
dmarc {{}}
milter_headers {{ {" ".join(lines)} }}
modules {{
  path = "/usr/share/rspamd/plugins/spf.lua";
  path = "/usr/share/rspamd/plugins/dmarc.lua";
  path = "/usr/share/rspamd/plugins/milter_headers.lua";
}}
""")
        (f / "suffixes").write_text("com\nexample\nnet\norg\n")  # it needs 10 seconds for its own list
        shutil.chown(f, "_rspamd", "_rspamd")
        super().__init__(f, ["/usr/bin/rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", f / "rspamd.conf"])


class OpenDkim(LibmilterFilter):
    """OpenDKIM that verifies. `lines` are added to its configuration."""

    def __init__(self, folder: pathlib.Path, dns: Dns, *lines: str):
        self.port = free_port()
        f = folder / "opendkim"
        f.mkdir()
        (f / "opendkim.conf").write_text("\n".join([f"""Mode v
Nameservers {dns.host}
Socket inet:{self.port}@127.0.0.1
PidFile {f}/pid
""", *lines, ""]))
        super().__init__(f, ["/usr/sbin/opendkim", "-f", "-x", f / "opendkim.conf"])


class OpenDmarc(LibmilterFilter):
    """OpenDMARC. It reads its name servers from /etc/resolv.conf, so it has a root directory of its own. `lines` are added to its
    configuration."""

    def __init__(self, folder: pathlib.Path, dns: Dns, *lines: str):
        self.port = free_port()
        f = folder / "opendmarc"
        (f / "root/etc").mkdir(parents=True)
        (f / "root/etc/resolv.conf").write_text(f"nameserver {dns.host}\n")
        (f / "opendmarc.conf").write_text("\n".join([f"""ChangeRootDirectory {f}/root
Socket inet:{self.port}@127.0.0.1
""", *lines, ""]))
        super().__init__(f, ["/usr/sbin/opendmarc", "-f", "-c", f / "opendmarc.conf"])
