#!/usr/bin/env python3
"""Reason words, hazard words, facts and configuration keys exist in code, manual, etc/ example and test alike, or not at all.

usage: words.py SOURCE_DIR
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
problems = []


def text_of(*patterns: str) -> str:
    files = [file for pattern in patterns for file in sorted(root.glob(pattern)) if file.is_file()]
    if not files:
        problems.append(f"no file matches {patterns}: nothing was compared")
    return "\n".join(file.read_text(errors="replace") for file in files)


def plain(manual: str) -> str:
    return re.sub(r"\\[&e]", "", manual)


def table(file: str, kind: str) -> dict[str, str]:
    """The words and sentences of a table Entry{KIND::x, "word", "sentence"}."""
    found = dict(re.findall(rf'Entry\{{{kind}::\w+,\s*"(\w+)",\s*"([^"]*)"', (root / file).read_text()))
    if len(found) < 5:
        problems.append(f"{file}: only {len(found)} {kind} entries were recognized")
    return found


def require(what: str, words, where: str, text: str):
    for word in words:
        if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text):
            problems.append(f"{what} '{word}' is not in {where}")


daemon_manual = plain(text_of("man/imip-milter.8"))
config_manual = plain(text_of("man/imip-milter.yaml.5"))
examples = text_of("etc/*.yaml", "etc/policies/*.yaml")
tests = text_of("tests/**/*.cpp", "tests/**/*.py", "tests/data/**/*.*")

for kind, file in (("Reason", "calendar/itip/text/reason.cpp"), ("Hazard", "calendar/itip/read/hazards/hazard.cpp")):
    entries = table(file, kind)
    require(kind.lower(), entries, "man/imip-milter.8", daemon_manual)
    for word, sentence in entries.items():
        if sentence not in re.sub(r"\s+", " ", daemon_manual):
            problems.append(f"{kind.lower()} '{word}': its sentence is not in man/imip-milter.8: {sentence}")
    # The tests of the tables themselves name every word; they do not show that it can occur.
    behaviour = "\n".join(file.read_text(errors="replace") for file in sorted(root.glob("tests/**/*.*"))
                          if file.suffix in (".cpp", ".py", ".h", ".json", ".txt", ".case", ".yaml") and file.name not in ("test_reason.cpp", "test_json.cpp"))
    require(kind.lower(), entries, "any test of behaviour", behaviour)
    described = re.findall(r"^\.It Ic (\w+)$", daemon_manual.split(f".Sh {kind.upper()} WORDS")[1].split(".Sh ")[0], re.M)
    for word in described:
        if word not in entries:
            problems.append(f"man/imip-milter.8 describes the {kind.lower()} '{word}', which does not exist")

facts = re.findall(r'\{Fact::\w+,\s*"(\w+)"', (root / "policy/rules/facts.cpp").read_text())
if len(facts) < 15:
    problems.append(f"policy/rules/facts.cpp: only {len(facts)} facts were recognized")
for where, text in (("man/imip-milter.yaml.5", config_manual), ("etc/", examples), ("any test", tests)):
    require("fact", facts, where, text)

print("\n".join(problems) if problems else f"{len(facts)} facts and every reason and hazard word stand in code, manual, examples and tests")
sys.exit(1 if problems else 0)
