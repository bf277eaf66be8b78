"""imip-milter."""
import pathlib

from .base import DAEMON, SOURCE, Process, wait_for

# One user with a folder of events, and the policy `known`; for Daemon.
BOB = """users: [{static: [{user: bob, addresses: [bob@example.com]}]}]
backends: {default: {type: vdir, path: "@d@/calendars/{user}"}}
backend: default
address_books: [{type: file, path: "@d@/contacts"}]
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""


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

    def settled(self, seconds: float = 120):
        """Every job that was queued has ended."""
        waiting = lambda: len(self.lines("outcome=queued")) + len(self.lines("outcome=pending"))
        ended = lambda: sum(len(self.lines(word)) for word in (" done ", " left ", " given_up "))
        wait_for("the queue to be empty", lambda: waiting() <= ended(), seconds)
