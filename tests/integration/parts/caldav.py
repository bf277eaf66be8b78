"""Radicale, and a server that never answers."""
import contextlib
import http.server
import pathlib
import subprocess
import threading

from .base import Process, free_port, listens, wait_for


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
        self.curl("-X", "MKCALENDAR", f"{self.url}/{user}/default/", user=user)  # the first login makes the home

    def events(self, user: str) -> list[str]:
        """Every calendar object in the calendar, over CalDAV."""
        text = self.curl(f"{self.url}/{user}/default/")  # the whole collection as one VCALENDAR
        return text.replace("\r\n", "\n").replace("\n ", "").split("BEGIN:VEVENT")[1:]


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
