"""Events, messages that carry them, and what became of those."""


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
