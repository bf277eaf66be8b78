"""What every part needs: where the programs are, free ports, waiting, folders and processes."""
import contextlib
import faulthandler
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ["BUILD"])
SOURCE = pathlib.Path(os.environ["SOURCE"])
DAEMON = BUILD / "milter" / "imip-milter"
IMIPCTL = BUILD / "milter" / "imipctl"

faulthandler.dump_traceback_later(580)  # ctest ends a test after 600 seconds, and shows what it waited for


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what: str, condition, seconds: float = 60):
    """Asks until the condition gives something true; that is the answer."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for: {what}")
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

    def stop(self, sig=signal.SIGTERM, seconds: float = 60) -> int:
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
