#!/usr/bin/env python3
"""The table of imip-itip(7), made from tests/data/matrix.csv: rows with the same result share a line.

usage: matrix_table.py CSV                  print the table
       matrix_table.py CSV --check MANUAL   0 when the manual has exactly this table between its two marks, else 1
       matrix_table.py CSV --write MANUAL   put it there
"""
import csv
import difflib
import itertools
import pathlib
import sys

BEGIN = '.\\" The table: made by tests/checks/matrix_table.py, do not edit.'
END = '.\\" End of the table.'
AXES = ("stored", "sender", "order", "scope")
OUTCOMES = ("created", "updated", "removed", "unchanged", "refused")


def subsets(values):
    return [part for size in range(len(values), 0, -1) for part in itertools.combinations(values, size)]


class Boxes:
    """Every choice of values on each axis, as the set (a bit each) of the cells in it."""

    def __init__(self, words):
        self.words = words
        places = {cell: 1 << at for at, cell in enumerate(itertools.product(*words))}
        self.bit = places.__getitem__
        self.all = []
        for sides in itertools.product(*map(subsets, words)):
            # An axis that is not narrowed needs no words.
            length = sum(len(side) for side, values in zip(sides, words) if len(side) < len(values))
            self.all.append((length, sides, sum(map(self.bit, itertools.product(*sides)))))

    def cover(self, wanted: int, allowed: int):
        """Few boxes that together hold every wanted cell and none that is not allowed."""
        usable = [box for box in self.all if box[2] & ~allowed == 0]
        chosen = []
        while wanted:
            best = max(usable, key=lambda box: ((box[2] & wanted).bit_count(), -box[0]))
            chosen.append(best[1])
            wanted &= ~best[2]
        return chosen


def listed(words):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def phrase(sides, words):
    return "; ".join(listed(side) for side, values in zip(sides, words) if len(side) < len(values)) or "always"


def lines_of(phrases):
    if len(phrases) == 1:
        return phrases
    return [".Bl -dash -compact"] + [line for text in phrases for line in (".It", text)] + [".El"]


def table(file: str) -> list[str]:
    with open(file, newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        if not row["why"] and row["outcome"] not in OUTCOMES:
            sys.exit(f"{file}: neither an outcome nor why there is none: {row}")
    methods = list(dict.fromkeys(row["method"] for row in rows))
    words = [list(dict.fromkeys(row[axis] for row in rows)) for axis in AXES]
    boxes = Boxes(words)
    lines = []
    impossible = {}  # why -> phrase -> methods
    for method in methods:
        answers, whys, also = {}, {}, {}
        cells = {tuple(row[axis] for axis in AXES): row for row in rows if row["method"] == method}
        for cell, row in cells.items():
            # What cannot be is answered like what it comes to, so a line may speak of it too: without order it is newer,
            # without attendees everybody is a stranger.
            like = cells[cell[0], cell[1], "newer", cell[3]]
            like = cells[cell[0], "stranger", "newer", cell[3]] if like["why"] else like
            if not row["why"]:
                group, key = answers, (row["outcome"], row["reason"])
            else:
                whys[row["why"]] = whys.get(row["why"], 0) | boxes.bit(cell)
                group, key = also, (like["outcome"], like["reason"])
            group[key] = group.get(key, 0) | boxes.bit(cell)
        lines += [f".Ss {method}", ".Bl -tag -width Ds"]
        for answer in sorted(answers, key=lambda answer: (OUTCOMES.index(answer[0]), answer[1])):
            lines.append(f".It Ic {answer[0]} {answer[1]}")
            lines += lines_of([phrase(sides, words) for sides in boxes.cover(answers[answer], answers[answer] | also.get(answer, 0))])
        lines.append(".El")
        for why, cells in whys.items():
            for sides in boxes.cover(cells, cells):
                impossible.setdefault(why, {}).setdefault(phrase(sides, words), []).append(method)
    lines += [".Ss Combinations that cannot occur", ".Bl -tag -width Ds"]
    for why, where in impossible.items():
        lines.append(f".It {why}")
        lines += lines_of([("" if named == methods else f"{listed(named)}: ") + text for text, named in where.items()])
    return lines + [".El"]


def main(arguments) -> int:
    if len(arguments) not in (1, 3) or arguments[1:2] not in ([], ["--check"], ["--write"]):
        print(__doc__, file=sys.stderr)
        return 2
    made = table(arguments[0])
    if len(arguments) == 1:
        print("\n".join(made))
        return 0
    manual = pathlib.Path(arguments[2])
    text = manual.read_text().split("\n")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"{manual} lacks the marks of the table:\n{BEGIN}\n{END}")
        return 1
    begin, end = text.index(BEGIN) + 1, text.index(END)
    if arguments[1] == "--write":
        manual.write_text("\n".join(text[:begin] + made + text[end:]))
        return 0
    if text[begin:end] == made:
        print(f"the table of {manual} is the one of {arguments[0]}")
        return 0
    print("\n".join(difflib.unified_diff(text[begin:end], made, str(manual), arguments[0], lineterm="")))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
