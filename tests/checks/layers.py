#!/usr/bin/env python3
"""Reads every #include and fails on an arrow between rooms that points the wrong way, and on a C library outside its room.

usage: layers.py SOURCE_DIR
"""
import pathlib
import re
import sys

# Each room knows those above it in its own folder that are named here, and everything of the folders before.
# The longest entry that a file begins with is its room: some files stand below a room that uses them (milter/daemon/log).
ROOMS = {
    "calendar/base": [],
    "calendar/net": ["calendar/base"],
    "calendar/itip/text": ["calendar/base"],
    "calendar/itip/time": ["calendar/base", "calendar/itip/text"],
    "calendar/itip/read": ["calendar/base", "calendar/itip/text", "calendar/itip/time"],
    "calendar/itip/apply": ["calendar/base", "calendar/itip/text", "calendar/itip/time", "calendar/itip/read"],
    "calendar/connectors": ["calendar/base", "calendar/net", "calendar/itip"],
    "calendar/delivery": ["calendar/base", "calendar/itip", "calendar/connectors"],
    "policy/ldap": [],
    "policy/users": ["policy/ldap"],
    "policy/memory": [],
    "policy/address_books": ["policy/ldap"],
    "policy/rules": ["policy/users"],
    "policy/config/text": [],
    "policy/config": ["policy/config/text", "policy/users", "policy/ldap", "policy/memory", "policy/address_books", "policy/rules"],
    "policy/config/sources": ["policy/config", "policy/config/text", "policy/users", "policy/ldap", "policy/address_books"],
    "policy/config/policies": ["policy/config", "policy/config/text", "policy/rules"],
    "policy/config/sections": ["policy/config", "policy/config/text", "policy/users", "policy/memory", "policy/rules"],
    "milter/mail/header": [],
    "milter/mail/mime": ["milter/mail/header"],
    "milter/mail": ["milter/mail/header", "milter/mail/mime"],
    "milter/sandbox": ["milter/mail"],
    "milter/authentication/authentication": ["milter/mail"],
    "milter/authentication/alignment": [],
    "milter/authentication/dkim": ["milter/mail", "milter/authentication/authentication", "milter/authentication/alignment"],
    "milter/authentication": ["milter/mail", "milter/authentication"],
    "milter/daemon/log": [],
    "milter/daemon/snapshot": ["milter/mail", "milter/authentication", "milter/daemon/log"],
    "milter/judging": ["milter/mail", "milter/sandbox", "milter/authentication", "milter/daemon/snapshot", "milter/daemon/log"],
    "milter/mta": ["milter/mail", "milter/authentication", "milter/judging", "milter/daemon/snapshot", "milter/daemon/log"],
    "milter/daemon": ["milter/mail", "milter/sandbox", "milter/authentication", "milter/judging", "milter/mta",
                      "milter/daemon/snapshot", "milter/daemon/log", "milter/options"],
    "milter/imipctl/client": ["milter/mail"],
    "milter/imipctl/unusable": [],
    "milter/imipctl/report": ["milter/imipctl/unusable"],
    "milter/imipctl/rehearsal": ["milter/mail", "milter/sandbox", "milter/authentication", "milter/judging", "milter/daemon/snapshot",
                                 "milter/daemon/log"],
    "milter/imipctl/simulation": ["milter/mail", "milter/authentication", "milter/judging", "milter/imipctl/client", "milter/imipctl/report", "milter/imipctl/rehearsal",
                                  "milter/imipctl/unusable"],
    "milter/options": [],
    "milter/imipctl": ["milter"],
}
FOLDERS = ["calendar", "policy", "milter"]

# Each third-party C library and the files (without ending) of the one room that may include it.
HOMES = {
    r"libmilter/.*": {"milter/mta/callbacks", "milter/mta/libmilter_reply"},
    r"gmime/.*": {"milter/mail/mime/mime"},
    r"opendkim/.*|dkim\.h": {"milter/authentication/dkim/dkim", "milter/authentication/dkim/lookups", "milter/authentication/dkim/signature"},
    r"libical/.*": {"calendar/itip/time/ical", "calendar/itip/time/zone/time_zone", "calendar/itip/time/zone/system_zones"},
    r"unicode/.*": {"calendar/itip/read/address", "calendar/itip/time/zone/time_zone", "milter/mail/mime/charset"},
    r"curl/.*": {"calendar/net/http", "calendar/net/origin"},
    r"pugixml.hpp": {"calendar/net/webdav"},
    r"yaml-cpp/.*": {"policy/config/text/yaml"},
    r"ldap\.h|lber\.h": {"policy/ldap/ldap_connection", "policy/ldap/ldap_tls"},
    r"unbound\.h": {"milter/authentication/dkim/resolver"},
    r"libpsl\.h": {"calendar/itip/read/organizational_domain"},
    r"seccomp\.h": {"milter/sandbox/seccomp"},
    r"sqlite3\.h": {"calendar/delivery/state/database"},
    r"spdlog/.*": {"milter/daemon/log"},
    r"CLI/.*": {"milter/options"},
    r"openssl/engine\.h": {"milter/authentication/dkim/public_keys"},
}
# SOCI is no C library and serves two nouns: the state, and the users that a database knows.
HOMES[r"soci/.*"] = {"calendar/delivery/state/database", "policy/users/sql"}


def room_of(path: str) -> str | None:
    return max((room for room in ROOMS if path.startswith((room + "/", room + "."))), key=len, default=None)


def knows(room: str, other: str) -> bool:
    folder, target = room.split("/")[0], other.split("/")[0]
    if folder != target:
        return FOLDERS.index(target) < FOLDERS.index(folder)
    return other == room or any(other == known or other.startswith(known + "/") for known in ROOMS[room])


def wrong_includes(place: str, name: str) -> list[str]:
    wrong = []
    if name.split("/")[0] in FOLDERS:
        room, other = room_of(place), room_of(name)
        if room is None or other is None:
            wrong.append(f"{place if room is None else name} is in no room; ROOMS in layers.py names them")
        elif not knows(room, other):
            wrong.append(f"{room} must not know {other}")
    for library, homes in HOMES.items():
        stem, ending = place.rsplit(".", 1)
        if re.fullmatch(library, name) and (stem not in homes or ending == "h"):
            wrong.append(f"only {', '.join(sorted(home + '.cpp' for home in homes))} may include it")
    return wrong


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    wrong, read = [], 0
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            read += 1
            place = str(file.relative_to(root))
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
                for sentence in wrong_includes(place, include.group(1)) if include else []:
                    wrong.append(f"{place}:{number}: #include {include.group(1)}: {sentence}")
    print("\n".join(wrong) if wrong else f"{read} files, every arrow points the right way")
    if read < 20:
        print("too few files were read for this to mean anything")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
