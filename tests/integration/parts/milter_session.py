"""An MTA's side of the milter protocol."""
import pathlib
import socket
import struct


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
