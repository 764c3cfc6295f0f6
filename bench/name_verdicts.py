#!/usr/bin/env python3
"""Fills in verdicts where both pictures carry the same surname: a label on each side, not a look at the faces.

    python bench/name_verdicts.py suspects.csv people.csv > verdicts.csv

For galleries whose folders are named after people (LFW). Rows with another surname, or without one, stay open for a
person to look at."""
import csv
import pathlib
import sys


def main():
    suspects, people = sys.argv[1:]
    with open(people, newline="") as file:
        rows = csv.DictReader(file)
        key = rows.fieldnames[0]
        surnames = {row[key]: row["name"].split()[-1].casefold() for row in rows}
    with open(suspects, newline="") as file:
        table = list(csv.DictReader(file))
    out = csv.DictWriter(sys.stdout, ["probe", "gallery", "similarity", "verdict"], lineterminator="\n")
    out.writeheader()
    for row in table:
        surname = surnames.get(pathlib.PurePath(row["probe"]).stem)
        named = pathlib.PurePath(row["gallery"]).parent.name.split("_")
        if surname and len(named) > 1 and named[-1].casefold() == surname:
            row["verdict"] = "same"
        out.writerow(row)


if __name__ == "__main__":
    main()
