#!/usr/bin/env python3
"""Reads every #include and fails on an arrow that points the wrong way, or on a C library that is included where it has no home.

usage: layers.py SOURCE_DIR
"""
import pathlib
import re
import sys

RANK = {"calendar": 0, "policy": 1, "milter": 2}

# Each third-party library and the files (without ending) that may include it.
HOMES = {
    r"libmilter/.*": {"milter/callbacks"},
    r"gmime/.*": {"milter/mime", "milter/mime_library"},
    r"opendkim/.*|dkim\.h": {"milter/authentication/dkim"},
    r"libical/.*": {"calendar/itip/ical", "calendar/itip/time_zone"},
    r"unicode/.*": {"calendar/itip/time_zone"},
    r"curl/.*": {"calendar/connectors/http"},
    r"pugixml.hpp": {"calendar/connectors/webdav"},
    r"yaml-cpp/.*": {"policy/config/yaml"},
    r"soci/.*|sqlite3\.h": {"calendar/delivery/database", "policy/user_sources/sql"},
    r"ldap\.h|lber\.h": {"policy/ldap_connection", "policy/ldap_tls"},
    r"unbound\.h": {"milter/authentication/resolver"},
    r"libpsl\.h": {"calendar/itip/organizational_domain"},
    r"idn2\.h": {"calendar/itip/address"},
    r"seccomp\.h": {"milter/sandbox"},
    r"spdlog/.*": {"milter/log"},
    r"openssl/engine\.h": {"milter/authentication/public_keys"},
}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    wrong, read = [], 0
    for layer, rank in RANK.items():
        for file in sorted((root / layer).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            read += 1
            place = file.relative_to(root)
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
                if not include:
                    continue
                name = include.group(1)
                target = name.split("/")[0]
                if RANK.get(target, -1) > rank:
                    wrong.append(f"{place}:{number}: {layer}/ includes {name}: the arrow goes {layer} <- {target}, never back")
                for library, homes in HOMES.items():
                    if re.fullmatch(library, name) and (str(place.with_suffix("")) not in homes or place.suffix == ".h"):
                        wrong.append(f"{place}:{number}: {name} belongs to {', '.join(sorted(homes))}.cpp alone")
    print("\n".join(wrong) if wrong else f"{read} files, every arrow points calendar <- policy <- milter")
    if read < 20:
        print("too few files were read for this to mean anything")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
