#!/usr/bin/env python3
"""What a person reads is plain English: messages of the code (string literals), comments, README, manuals, etc/ and the rest.

usage: plain_words.py SOURCE_DIR

Prints FILE:LINE: the sentence: the pattern and what to write instead. Each run first shows itself that it finds every
pattern in a literal, in a literal that is split over lines, in a comment and in prose.
"""
import pathlib
import re
import sys

# pattern, what to write instead, an example that it must find, where: TEXTS (all), CONFIG (only literals of the configuration's validators)
TEXTS, CONFIG = "texts", "config"
PATTERNS = [
    (r"wants", "say what is required: 'x' must be …; expected …", "'url' wants a host", TEXTS),
    (r"to be had", "say what failed: OpenSSL does not provide SHA-256", "SHA-256 is not to be had", TEXTS),
    (r"stands? (there )?twice", "duplicate …", "this ID stands there twice", TEXTS),
    (r"is nobody|nobody of ours", "… is not a configured user", "bob is nobody of ours", TEXTS),
    (r"(?<![\w./{:\"-])mails(?![\w./}:(\"-])", "messages", "two mails were read", TEXTS),
    (r"behind (the|its|their|a|an) [\w']+ back", "asynchronously; after the reply", "done behind the mail's back", TEXTS),
    (r"(?<![Tt]here )(is|are) (none of|no(?! (longer|more|other|such|valid content)))", "is not a …; are not …", "the text is no iCalendar object", TEXTS),
    (r"may not speak|may speak|is told|are told", "is not allowed to …; is reported", "the sender may not speak for them", TEXTS),
    (r"so many", "this many, or the number itself", "after so many messages", TEXTS),
    (r"in vain", "without an answer, without success", "it was asked in vain", TEXTS),
    (r"rots?", "pile up", "answers rot in inboxes", TEXTS),
    (r"cannot be known (yet|now|just now)", "cannot look up … at the moment", "who bob is cannot be known yet", TEXTS),
    (r"must be (he|him|she)|is (he|she) who", "is the sender allowed to …", "the sender must be he", TEXTS),
    (r"could not be asked( for)?", "the lookup failed", "the key could not be asked for", TEXTS),
    (r"trouble of (its|their|his) own|sends us elsewhere", "server error; the server redirected the request",
     "the server has trouble of its own", TEXTS),
    (r"he|him|his|himself", "they, or name the person: the recipient, the sender", "the user and his calendar", TEXTS),
    (r"' (is one of|starts with|holds no|is no|holds|goes with|go together|knows)", "'x' must …; 'x' must not …; valid values: …",
     "'{}' is one of a, b", CONFIG),
]
COMPILED = [(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)" if pattern[0] != "'" else rf"{pattern}(?!\w)"), instead, bad, where)
            for pattern, instead, bad, where in PATTERNS]

LEXEME = re.compile(r'''
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
  | (?:\b(?:u8|[uUL])?R"(?P<delimiter>[^(\s]*)\((?P<raw>.*?)\)(?P=delimiter)")
  | (?:"(?P<text>(?:[^"\\\n]|\\.)*)")
  | (?P<character>'(?:[^'\\\n]|\\.)+')
  | (?P<number>\b\d[\w']*)
  | (?P<space>\s+)
  | (?P<other>.)''', re.S | re.M | re.X)
NO_SENTENCE = re.compile(r"[\w.:/-]*|\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|WITH)\s.*", re.S)  # a key, a path; SQL


def literals(source: str):
    """(line, text) of each string literal; adjacent ones are one."""
    line, started, text = 1, 0, None
    for lexeme in LEXEME.finditer(source):
        piece = lexeme["raw"] if lexeme["raw"] is not None else lexeme["text"]
        if piece is not None:
            started, text = (line, piece) if text is None else (started, text + piece)
        elif text is not None and lexeme["space"] is None and lexeme["comment"] is None:
            yield started, text
            text = None
        line += lexeme[0].count("\n")
    if text is not None:
        yield started, text


def comments(source: str):
    """The comments, each a list of (line, text); those that follow each other are one."""
    line, comment = 1, []
    for lexeme in LEXEME.finditer(source):
        if lexeme["comment"] is not None:
            comment += [(line + i, each.strip("/*< \t")) for i, each in enumerate(lexeme[0].split("\n"))]
        elif comment and lexeme["space"] is None:
            yield comment
            comment = []
        line += lexeme[0].count("\n")
    if comment:
        yield comment


def prose(source: str, is_manual: bool):
    """The paragraphs, each a list of (line, text)."""
    paragraph = []
    for line, each in enumerate(source.split("\n") + [""], 1):
        if is_manual and each.startswith(".\\\""):
            continue
        begins = is_manual and re.match(r"\.(Pp|It|Bl|El|S[hs])\b", each)
        if paragraph and (begins or not each.strip()):
            yield paragraph
            paragraph = []
        if each.strip():
            paragraph.append((line, each.strip("# \t")))


def applies(where: str, name: str, is_comment: bool) -> bool:
    return where == TEXTS or (not is_comment and name.startswith("policy/config/"))


def findings(name: str, source: str) -> list[str]:
    if name.endswith((".cpp", ".h")):
        texts = [(False, [each]) for each in literals(source) if not NO_SENTENCE.fullmatch(each[1])]
        texts += [(True, each) for each in comments(source)]
    else:
        texts = [(False, each) for each in prose(source, name.startswith("man/"))]
    found = []
    for is_comment, pieces in texts:
        flat, ends = "", []
        for line, text in pieces:
            flat += re.sub(r"\s+|\\[nr]", " ", text) + " "
            ends.append((len(flat), line))
        for pattern, instead, _, where in COMPILED:
            for at in pattern.finditer(flat) if applies(where, name, is_comment) else ():
                line = next(line for end, line in ends if at.start() < end)
                shown = flat.strip() if len(flat) < 120 else f"…{flat[max(0, at.start() - 50):at.end() + 50]}…"
                found.append(f"{name}:{line}: {shown}: '{at[0]}'; instead: {instead}")
    return found


def self_test() -> list[str]:
    failed = []
    for _, instead, bad, where in COMPILED:
        head, tail = bad.rsplit(" ", 1)
        code = "policy/config/x.cpp"
        for name, source in ((code, f'f("{bad}");'), (code, f'f("{head} "\n  "{tail}");'), (code, f"char c = '\"';\nf(R\"({bad})\");"),
                             ("README.md", f"It is said that\n{head}\n{tail}."), ("man/x.8", f".It Ic x\n{head}\n{tail}"),
                             ("etc/x.yaml", f"a: 1  # {bad}")):
            if applies(where, name, False) and not any(each.endswith(instead) for each in findings(name, source)):
                failed.append(f"self-test: '{bad}' is not found in {name}: {source!r}")
        for source in (f"/// {head}\n/// {tail}", f"int a;  ///< {head}\n        ///< {tail}", f"/* {bad} */"):
            if bool(findings("x.cpp", f'#include "{tail}"\n{source}\nf();')) != (where == TEXTS):
                failed.append(f"self-test: '{bad}' is {'not ' if where == TEXTS else ''}found in a comment: {source!r}")
    for good in ("'url' must start with https://", "mail: deliver", "the messages of the", "protocol", "this", "SELECT id FROM kept_mails"):
        for name in ("policy/config/x.cpp", "README.md"):
            failed += [f"self-test: a good sentence is found: {each}" for each in findings(name, f'"{good}"')]
    return failed


def main(root: pathlib.Path) -> int:
    files = [file for pattern in ("calendar/**/*.cpp", "calendar/**/*.h", "policy/**/*.cpp", "policy/**/*.h", "milter/**/*.cpp", "milter/**/*.h",
                                  "*.md", "man/*", "etc/**/*.yaml", "packaging/quickstart", "packaging/*/private-*")
             for file in sorted(root.glob(pattern)) if file.is_file()]
    problems = self_test()
    texts = 0
    for file in files:
        source = file.read_text()
        texts += sum(1 for _ in literals(source)) if file.suffix in (".cpp", ".h") else 1
        problems += findings(str(file.relative_to(root)), source)
    if len(files) < 150 or texts < 2000:
        problems.append(f"only {len(files)} files with {texts} texts were read: nothing is shown by that")
    print("\n".join(problems) if problems else f"{len(files)} files with {texts} texts are plain")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
