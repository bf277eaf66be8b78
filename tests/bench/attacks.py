"""The messages of hostile: what each class of attack sends, as small as it can be said."""
import datetime

CONFIG = """limits: {end_of_message: 20s}
authentication: {dkim: {keys_file: "@d@/keys"}}
users: [{domain: {domains: [example.com], user: "{local}", addresses: ["{local}@example.com"]}}]
backends: {default: {type: vdir, path: "@d@/calendars/{user}"}}
backend: default
address_books: [{type: file, path: "@d@/contacts"}]
presets: {known: @source@/etc/policies/known.yaml}
preset: known
"""
SILENT = CONFIG.replace('keys_file: "@d@/keys"', 'nameservers: ["127.0.0.1@@dns@"]')


def part(events: str, method: str = "REQUEST") -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Test//EN\r\nMETHOD:{method}\r\n{events}END:VCALENDAR\r\n"


def vevent(uid: str, more: str = "", attendees=("bob@example.com",)) -> str:
    people = "".join(f"ATTENDEE:mailto:{a}\r\n" for a in attendees)
    return (f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261121T090000Z\r\nDTSTART:20270118T100000Z\r\nDTEND:20270118T110000Z\r\n"
            f"ORGANIZER:mailto:carol@example.org\r\n{people}{more}END:VEVENT\r\n")


def text(size: int) -> str:
    """Lines of that many bytes together."""
    longest = 7_000
    return "".join(f"X-NOTE-{i}:" + "x" * min(longest, size - i * longest) + "\r\n" for i in range(-(-size // longest)))


def wrap(calendar: str, head: str = "", mid: str = "a") -> bytes:
    return (f"{head}From: Carol <carol@example.org>\r\nTo: Bob <bob@example.com>\r\nSubject: Planning\r\nDate: Sat, 21 Nov 2026 09:00:00 +0000\r\n"
            f"Message-ID: <{mid}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n{calendar}").encode()


def multipart(parts: list[str]) -> bytes:
    body = "".join(f"--b\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n{p}" for p in parts)
    head = "From: carol@example.org\r\nTo: bob@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return (head + body + "--b--\r\n").encode()


def users(count: int) -> list[str]:
    return ["bob@example.com"] + [f"u{i}@example.com" for i in range(count - 1)]


def never(rules: int) -> str:
    """Rules whose long lists fit no day."""
    ordinals = ",".join(f"{n}{d}" for n in range(6, 54) for d in ("MO", "TU", "WE", "TH", "FR", "SA", "SU"))[:1700]
    days = ",".join(map(str, [*range(1, 200), *range(-199, 0)]))
    kinds = [f"RRULE:FREQ=MONTHLY;BYDAY={ordinals.rsplit(',', 1)[0]}\r\n",
             f"RRULE:FREQ=YEARLY;BYYEARDAY={days};BYMONTH=12;BYMONTHDAY=1;BYWEEKNO=30\r\n",
             "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))) +
             ";BYSETPOS=" + ",".join(map(str, range(-366, -200))) + ";BYMONTH=2;BYMONTHDAY=30\r\n"]
    return "".join(kinds[i % 3] for i in range(rules))


def folded(line: str) -> str:
    """In physical lines that are allowed."""
    longest = 7_000
    return "\r\n ".join(line[at:at + longest] for at in range(0, len(line), longest)) + "\r\n"


def day(number: int) -> str:
    return (datetime.datetime(2027, 1, 18, 10) + datetime.timedelta(number)).strftime("%Y%m%dT%H%M%SZ")


def instances(days, lines: str, identifier: str = "RECURRENCE-ID") -> str:
    """Components for single days of a series."""
    return "".join(f"BEGIN:VEVENT\r\nUID:series\r\nDTSTAMP:20261121T090000Z\r\n{identifier}:{day(d)}\r\n{lines}END:VEVENT\r\n" for d in days)


def in_own_zone(observance_lines: str) -> str:
    """An event in a zone of the sender's."""
    zone = ("BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
            f"{observance_lines}END:STANDARD\r\nEND:VTIMEZONE\r\n")
    return part(zone + vevent("a").replace("START:20270118T100000Z", "START;TZID=Own:20270118T100000").replace("END:20270118T110000Z", "END;TZID=Own:20270118T110000"))


def signatures(count: int, names: str, more: str = "") -> str:
    """That nobody made."""
    return "".join(f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1; t={1_700_000_000 + i}; {more}\r\n\th={names};\r\n"
                   f"\tbh=MHIxKkD4bgEGGPrAYSMYTzvGRYMcXDJTWfIZTJUyKpU=; b={'A' * 340}==\r\n" for i in range(count))


def in_parts(content_type: str, count: int, calendar: str) -> bytes:
    """The same part many times over, with this Content-Type."""
    head = "From: carol@example.org\r\nTo: bob@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return (head + f"--b\r\nContent-Type: {content_type}\r\n\r\n{calendar}" * count + "--b--\r\n").encode()


def encoded(body: bytes, charset: str = "utf-8", encoding: str = "8bit") -> bytes:
    return (f"From: carol@example.org\r\nTo: bob@example.com\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n").encode() + body


class Attack:
    def __init__(self, name, messages, recipients=("bob@example.com",), config=CONFIG, parallel=1, decisions=0, accepted=False, stored=None, left=None):
        messages = messages if len(messages) > 1 else messages * 5  # processor time is counted in hundredths of a second
        self.name, self.messages, self.recipients, self.config, self.parallel = name, messages, list(recipients), config, parallel
        self.accepted = accepted
        self.left = left  # MiB that the daemon may have more when it is idle again; None: not looked at
        self.stored = stored or {}  # files of calendars, USER/NAME
        self.rows = len(messages) * (2 * max(decisions, 0) + len(self.recipients))


def of_many_and_large() -> list[Attack]:
    many = lambda uids, more="", attendees=("bob@example.com",): part("".join(vevent(f"u{i}@example.org", more, attendees) for i in range(uids)))
    thousand = users(1000)
    return [
        Attack("20,000 forged header fields", [wrap(part(vevent("a")), "Calendar-Processing: x\r\n" * 20_000)]),
        Attack("900 events, 1000 recipients", [wrap(many(900))], thousand),
        Attack("20 events, 1000 recipients", [wrap(many(20))], thousand),
        Attack("20 events with 1 MB, 25 recipients", [wrap(many(20, text(48_000)))], users(25), decisions=500),
        Attack("1 MB in one event, 500 recipients", [wrap(part(vevent("a", text(900_000))))], users(500), decisions=500),
        Attack("16 x rules that fit nothing", [wrap(many(20, never(9)), mid=f"n{i}") for i in range(16)], parallel=16),
        Attack("a thousand components", [wrap(part("".join(vevent("a", f"RECURRENCE-ID:2027{1 + i // 28 % 12:02}{1 + i % 28:02}T{i // 336:02}0000Z\r\n")
                                                             for i in range(999))))]),
        Attack("500 parts", [multipart([part(vevent("a"))] * 499)]),
        Attack("10 parts of 20 events", [multipart([many(20, "RRULE:FREQ=DAILY\r\n")] * 10)]),
        Attack("2000 attendees, 500 recipients", [wrap(part(vevent("a", attendees=[f"a{i}@example.net" for i in range(1999)])))], users(500), decisions=500),
        Attack("undecided: 20 events with 1 MB, 25 recipients", [("sign", wrap(many(20, text(48_000))))], users(25), SILENT, decisions=500),
        Attack("64 keys that never come", [("sign", wrap(part(vevent(f"k{i}")), mid=f"k{i}")) for i in range(64)], config=SILENT, parallel=16, decisions=1),
    ]


def crowd(note: str, more: str = "") -> str:
    """As many short attendees as a part may have, and what makes it another than the next one, which means the same."""
    people = "".join(f"ATTENDEE{more.format(n=n)}:mailto:{n:x}@b.c\r\n" for n in range(1960))
    return part("".join(vevent(f"u{i}", f"SUMMARY:{note}\r\n{people}", ()) for i in range(5)))


def in_many_parts() -> list[Attack]:
    delegating = ';DELEGATED-TO="mailto:{n:x}@e","mailto:a@b"'
    different = multipart([crowd(f"{i}") for i in range(10)])
    return [
        Attack("10 equal parts of 9,800 attendees", [multipart([crowd("")] * 10)]),
        Attack("10 different parts of 9,800 attendees", [different]),
        Attack("10 parts of 9,800 attendees who delegate", [multipart([crowd(f"{i}", delegating) for i in range(10)])], left=16),
        Attack("1 part of 9,800 attendees", [multipart([crowd("")])]),
        Attack("9 parts of 9,800 attendees that cannot be used", [multipart([crowd("")] + [crowd(f"{i}").replace("DTEND:2027", "DTEND:2026") for i in range(9)])]),
        Attack("10 different parts of 9,800 attendees, 4 at once", [different] * 8, parallel=4, left=16),
    ]


def in_calendars() -> list[Attack]:
    every_second = "BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=" + ",".join(map(str, range(60)))
    rule = folded("RRULE:FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 340))) + ";" + every_second)
    parameters = "".join(f";X-{i}=" + "p" * 900 for i in range(55))
    dates = lambda value, count: ",".join([value] * count)
    series = lambda lines: wrap(part(vevent("a", lines + "RRULE:FREQ=DAILY;COUNT=5\r\n")))
    addresses = lambda address, count: ",".join([f'"{address}"'] * count)
    return [
        Attack("60,000 colons in a row", [wrap(part(vevent("a", folded("DESCRIPTION:" + ":" * 60_000))))]),
        Attack("a tag of 8000 handlers, 12 times", [wrap(part(vevent("a", folded("COMMENT:<a" + " onx" * 8000 + " " * 31_000) * 12)))]),
        Attack("7500 dates in a zone with a name of 50 KB", [series(folded("EXDATE;TZID=" + "Z" * 50_000 + ":" + dates("20270118T100000", 499)) * 15)]),
        Attack("50,000 dates in a zone that is a path", [series(folded("EXDATE;TZID=" + "/a" * 125 + ":" + dates("20270118T100000", 499)) * 100)]),
        Attack("a zone that changes every second", [wrap(in_own_zone(rule))]),
        Attack("6 zones that change every second at once", [wrap(in_own_zone(rule), mid=f"z{i}") for i in range(6)], parallel=6),
        Attack("dates of a zone with 50 KB of parameters", [wrap(in_own_zone(folded("RDATE" + parameters + ":" + dates("19700101T000000", 499)) * 15))]),
        Attack("dates of an event with 50 KB of parameters", [series(folded("RDATE" + parameters + ":" + dates("20270118T100000Z/PT1H", 380)) * 15)]),
        Attack("87,000 delegates whose domains are no ASCII", [wrap(part(vevent("a", folded("ATTENDEE;DELEGATED-TO=" + addresses("a@é.b", 5800) + ":mailto:x@b.c") * 15)))]),
        Attack("72,000 delegates whose domains are punycode", [wrap(part(vevent("a", folded("ATTENDEE;DELEGATED-TO=" + addresses("a@xn--9ca.b", 4800) + ":mailto:x@b.c") * 15)))]),
    ]


def in_parties() -> list[Attack]:
    to = ",".join(f'"mailto:a{i}@b.c"' for i in range(3100))
    invitation = wrap(part(vevent("a", folded(f"ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-TO={to}:mailto:carol@example.org") * 18, ["u0@example.com"])))
    origin = ",".join(['"mailto:a@b.c"'] * 3500)
    lines = "".join(folded(f"ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM={origin}:mailto:x{i}@example.net") for i in range(18))
    reply = wrap(part(f"BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20261121T090000Z\r\nORGANIZER:mailto:dave@example.com\r\n{lines}END:VEVENT\r\n", "REPLY"))
    everybody = [f"u{i}@example.com" for i in range(500)]
    return [
        Attack("63,000 delegators, 500 recipients", [reply.replace(b"method=REQUEST", b"method=REPLY")], everybody, decisions=500),
        Attack("56,000 delegates, 500 recipients, signed", [("sign", invitation)], everybody, decisions=500),
        Attack("the same for two addresses of each", [("sign", invitation)], [a for u in everybody for a in (u, u.replace("@", "+x@"))], decisions=500),
    ]


def in_headers() -> list[Attack]:
    event = part(vevent("a"))
    names = lambda count: ":".join(["from"] + ["a"] * (count - 1))
    tags = lambda count: "".join(f"{a}{b}{c}=;" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz" for c in "abcdefghijklmnopqrstuvwxyz")[:5 * count]
    results = "Authentication-Results: mx.example.com; " + "; ".join(f"dkim=pass header.d=a{i}.b header.i=@c" for i in range(49)) + " " + "(" * 3000 + ")" * 3000 + "\r\n"
    trusted = CONFIG.replace('"@d@/keys"}}', '"@d@/keys"}, trusted_results: {authserv_ids: [mx.example.com], methods: [dmarc, dkim]}}')
    return [
        Attack("5 signatures of 9500 tags", [wrap(event, signatures(5, "from:to", tags(9500)))]),
        Attack("5 signatures that name 2041 of 1900 fields", [wrap(event, signatures(5, names(2041)) + "b: x\r\n" * 1900)]),
        Attack("5 signatures that name 25,001 fields", [wrap(event, signatures(5, names(25_001)) + "b: x\r\n" * 1900)]),
        Attack("5 signatures as complex as is allowed", [wrap(event, signatures(5, names(200), tags(21)) + "b: x\r\n" * 1900)]),
        Attack("1900 signatures", [wrap(event, signatures(1900, "from:to"))]),
        Attack("120 results with 6000 parentheses", [wrap(event, results * 120)], config=trusted),
    ]


def in_structures() -> list[Attack]:
    event = part(vevent("a"))
    typed = lambda parameters: in_parts("text/calendar; method=REQUEST;\r\n " + parameters, 8, event)
    nested = "".join(f"--b{i}\r\nContent-Type: multipart/mixed; boundary=b{i + 1}\r\n\r\n" for i in range(110))
    return [
        Attack("a parameter in 7000 pieces, 8 times", [typed(";\r\n ".join(f"name*{i}*=%41" for i in range(7000)))]),
        Attack("9000 parameters, 8 times", [typed(";\r\n ".join(f"p{i}=a" for i in range(9000)))]),
        Attack("7000 encoded words of unknown charsets, 8 times", [typed('name="' + "\r\n ".join(f"=?x-{i}?q?a?=" for i in range(7000)) + '"')]),
        Attack("6000 parameters of unknown charsets, 8 times", [typed(";\r\n ".join(f"n{i}*=x-{i}''%41" for i in range(6000)))]),
        Attack("400,000 lines that may be one of 110 boundaries", [wrap("").replace(b"text/calendar; charset=utf-8; method=REQUEST", b"multipart/mixed; boundary=b0")
                                                                   + (nested + "--b110\r\nContent-Type: text/calendar\r\n\r\n" + "--\n" * 400_000).encode()]),
        Attack("a type with 30,000 parentheses, 30 times", [in_parts("text/calendar (" + "(" * 30_000 + "; method=REQUEST", 30, "x\r\n")]),
        Attack("10 equal parts of 900 KB", [multipart([part(vevent("a", text(900_000)))] * 10)]),
        Attack("nothing but shifts in UTF-7", [encoded(b"BEGIN:VCALENDAR\r\n" + b"+AGE-" * 190_000, "utf-7")]),
        Attack("nothing but escapes in ISO-2022-JP", [encoded(b"BEGIN:VCALENDAR\r\n" + b"\x1b$B\x1b(B" * 160_000, "iso-2022-jp")]),
        Attack("1 MB in uuencode", [encoded(b"begin 644 a\r\n" + (b"M" + b"`" * 60 + b"\r\n") * 15_000 + b"end\r\n", encoding="x-uuencode")]),
        Attack("bare carriage returns and NULs", [wrap(part(vevent("a", "\r\n".join(["X-A:" + "\r" * 200 + "\0" * 50] * 3000) + "\r\n")))]),
    ]


def in_accepted_messages() -> list[Attack]:
    """What a contact can do: the processor time is that of the queue."""
    eight = [f"u{i}@example.com" for i in range(8)]
    parties = "ORGANIZER:mailto:carol@example.org\r\n" + "".join(f"ATTENDEE:mailto:{u}\r\n" for u in eight)
    daily = vevent("series", "RRULE:FREQ=DAILY;COUNT=600\r\n", eight)
    invitation = part(daily + "".join(instances([d], f"DTSTART:{day(d)}\r\n{parties}") for d in range(1, 600)))
    cancel = part(instances(range(599, 0, -1), "SEQUENCE:1\r\nORGANIZER:mailto:carol@example.org\r\nSTATUS:CANCELLED\r\n", "RECURRENCE-ID;RANGE=THISANDFUTURE"), "CANCEL")
    own = "ORGANIZER:mailto:bob@example.com\r\nATTENDEE:mailto:carol@example.org\r\n"
    series = (vevent("series", "RRULE:FREQ=DAILY;COUNT=1000\r\n", ["carol@example.org"]).replace("ORGANIZER:mailto:carol@example.org", "ORGANIZER:mailto:bob@example.com")
              + "".join(instances([d], f"DTSTART:{day(d)}\r\n{own}") for d in range(1, 990)))
    answers = instances(range(1, 990), own.replace("ATTENDEE", "ATTENDEE;PARTSTAT=ACCEPTED"), "RECURRENCE-ID%")
    reply = lambda number, parameter="": wrap(part(answers.replace("%", parameter).replace("T0900", f"T09{number:02}"), "REPLY"), mid=f"r{number}")
    methods = lambda message, word: message.replace(b"method=REQUEST", b"method=" + word)
    stored = {"bob/series.ics": part(series).replace("METHOD:REQUEST\r\n", "")}
    return [
        Attack("600 changes for 8 users, each cancelled and later ones", [("sign", wrap(invitation, mid="i")), ("sign", methods(wrap(cancel, mid="c"), b"CANCEL"))], eight, decisions=8, accepted=True),
        Attack("a reply to 989 changes", [("sign", methods(reply(i), b"REPLY")) for i in range(5)], decisions=1, accepted=True, stored=stored),
        Attack("a reply to 989 changes and each time the later ones", [("sign", methods(reply(i, ";RANGE=THISANDFUTURE"), b"REPLY")) for i in range(5)],
               decisions=1, accepted=True, stored=stored),
    ]


def in_combinations() -> list[Attack]:
    """Several bounds met at once."""
    lines = lambda line, count: "".join(line.replace("@", str(i)) for i in range(count))
    event = part(vevent("a"))
    charsets = ["utf-16", "utf-7", "iso-2022-jp", "gb18030", "utf-32", "shift_jis", "hz-gb-2312", "utf-8", "iso-2022-kr"]
    nest = "".join(f"--b{i}\r\nContent-Type: text/calendar; method=REQUEST; charset={charsets[i % 9]}\r\n\r\n{part(vevent('a', text(90_000)))}"
                   f"--b{i}\r\nContent-Type: multipart/alternative; boundary=b{i + 1}\r\n\r\n" for i in range(18))
    nested = wrap("").replace(b"text/calendar; charset=utf-8; method=REQUEST", b"multipart/mixed; boundary=b0") + nest.encode()
    alarm = "BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:-PT1M\r\nATTENDEE:mailto:x@b.c\r\n" + "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "QUFB" * 200 + "\r\nEND:VALARM\r\n"
    dates = lambda name, first: lines(name + ";VALUE=DATE-TIME:" + ",".join(day(first + d) for d in range(490)) + "\r\n", 15)
    own = f"ORGANIZER:mailto:carol@example.org\r\nATTENDEE:mailto:bob@example.com\r\n"
    overridden = part(vevent("series", folded("RRULE:FREQ=DAILY;COUNT=900") + dates("RDATE", 0) + dates("EXDATE", 400))
                      + instances(range(1, 890), f"DTSTART:20270118T100000Z\r\n{own}"))
    zone = "".join(f"BEGIN:VTIMEZONE\r\nTZID:Own {i}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
                   "RRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5;BYDAY=1SU,-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" for i in range(300))
    zoned = part(zone + "".join(vevent("a", f"RECURRENCE-ID;TZID=Own {i % 300}:2027{1 + i // 28 % 12:02}{1 + i % 28:02}T100000\r\n") for i in range(330)))
    busy = part("BEGIN:VFREEBUSY\r\nUID:a\r\nDTSTAMP:20261121T090000Z\r\nORGANIZER:mailto:carol@example.org\r\nATTENDEE:mailto:bob@example.com\r\n"
                + lines("FREEBUSY:" + ",".join(["20270118T100000Z/PT1H"] * 490) + "\r\n", 90) + "END:VFREEBUSY\r\n")
    parameters = "".join(f";X-{i}=\"" + "a,b;c:" * 2500 + "\"" for i in range(60))
    five = lambda calendar, uid: [("sign", wrap(calendar.replace(f"UID:{uid}\r", f"UID:{uid}{i}\r"))) for i in range(5)]
    answer = lambda n, method: wrap(part(vevent(f"unknown{n}", "", ["carol@example.org"]).replace("ORGANIZER:mailto:carol@example.org", "ORGANIZER:mailto:bob@example.com"), method),
                                    mid=f"r{n}").replace(b"method=REQUEST", b"method=" + method.encode())
    received = "".join(f"Received: from a{i} by b{i}\r\n" + "\t(x y z)\r\n" * 40 for i in range(1980))
    extensions = [f"bob+{'x' * 200}{i}@example.com" for i in range(900)]
    delimited = CONFIG.replace("users:", 'recipient_delimiter: "+"\nusers:')
    return [
        Attack("18 levels, at each a calendar in another charset", [nested]),
        Attack("900 alarms with attachments", [wrap(part(vevent("a", alarm * 900)))]),
        Attack("7350 dates, as many excluded, 889 changes", five(overridden, "series"), decisions=1, accepted=True),
        Attack("300 zones of the sender's, one for each change", five(zoned, "a"), decisions=1, accepted=True),
        Attack("44,100 periods of VFREEBUSY", [wrap(busy)]),
        Attack("60 parameters of 15 KB", five(part(vevent("a", folded(f"ATTENDEE{parameters}:mailto:x@b.c"))), "a"), decisions=1, accepted=True),
        Attack("200 replies for unknown events", [("sign", answer(n, "REPLY")) for n in range(200)], decisions=1),
        Attack("200 proposals for unknown events", [("sign", answer(n, "COUNTER")) for n in range(200)], decisions=1),
        Attack("1980 Received fields of 40 lines", [wrap(event, received)]),
        Attack("20 events for 900 addresses of one user", [("sign", wrap(part("".join(vevent(f"u{i}") for i in range(20)))))], extensions, delimited, decisions=20),
    ]


def attacks() -> list[Attack]:
    return of_many_and_large() + in_many_parts() + in_calendars() + in_parties() + in_headers() + in_structures() + in_accepted_messages() + in_combinations()
