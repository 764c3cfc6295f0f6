#!/usr/bin/env python3
"""The first calibration curve of a pack: cosine of two different people's templates -> false match rate.

    training/fit_calibration.py --pack-version 1.0 --out models/default/calibration.json \\
        --set "TITLE=folder:DIR" --set "TITLE=file:DIR"

DIR is what build/embed_photos wrote. Of each set one photograph a person is used (the first by file name); pairs are
formed within a set only, since a person of one set may also be in another. Where at least LEAST_EVENTS pairs reach a
score the rate is the measured one. Beyond, log10 of the rate goes on in a straight line, fitted by least squares to
the measured rates between 1e-3 and the last measured one: real tails fall faster, so the line errs towards calling a
match too likely to be false. Same input, same bytes."""

import argparse
import csv
import json
import pathlib

import numpy as np

LEAST_EVENTS = 20
STEP = 0.01
FULL_SCALE = -7.0  # log10 of the rate at Similarity 100


def person(file, by):
    """By folder (LFW: one folder a person) or by file (portraits: one file a person)."""
    path = pathlib.PurePath(file)
    return path.parent.name if by == "folder" else path.stem


def load(directory, by):
    rows = [r for r in csv.DictReader(open(directory / "faces.csv", newline="")) if r["box_left"]]
    vectors = np.fromfile(directory / "templates.f32", "<f4")
    vectors = vectors.reshape(len(rows), -1)
    first = {}
    for index, row in sorted(enumerate(rows), key=lambda pair: pair[1]["file"]):
        first.setdefault(person(row["file"], by), index)
    return vectors[sorted(first.values())]


def non_mated(vectors):
    scores = []
    for start in range(0, len(vectors), 512):
        block = vectors[start : start + 512] @ vectors.T
        for i, row in enumerate(block):
            scores.append(row[start + i + 1 :])
    return np.concatenate(scores)


def curve(scores):
    scores = np.sort(scores)
    grid = np.round(np.arange(-0.1, 1.0 + STEP / 2, STEP), 2)
    events = len(scores) - np.searchsorted(scores, grid, side="left")
    rate = events / len(scores)
    measured = events >= LEAST_EVENTS
    tail = measured & (rate <= 1e-3)
    slope, intercept = np.polyfit(grid[tail], np.log10(rate[tail]), 1)
    points = [(s, np.log10(r)) for s, r in zip(grid[measured], rate[measured])]
    last = points[-1][0]
    anchor = points[-1][1]
    for s in grid[grid > last]:
        value = anchor + slope * (s - last)
        if value <= FULL_SCALE:
            points.append((last + (FULL_SCALE - anchor) / slope, FULL_SCALE))
            break
        points.append((s, value))
    return points, last, slope, int(events[measured][-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--set", action="append", required=True, metavar="TITLE=BY:DIR", help="BY: folder or file")
    parser.add_argument("--pack-version", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    composition, scores = [], []
    for entry in arguments.set:
        title, _, place = entry.partition("=")
        by, _, directory = place.partition(":")
        vectors = load(pathlib.Path(directory), by)
        pairs = non_mated(vectors)
        composition.append({"set": title, "people": len(vectors), "non_mated_pairs": len(pairs)})
        scores.append(pairs)
    points, last, slope, events = curve(np.concatenate(scores))
    document = {
        "format": 1,
        "score": "cosine",
        "pack_version": arguments.pack_version,
        "measured_on": composition,
        "last_measured_score": round(float(last), 4),
        "events_at_last_measured_score": events,
        "tail": f"straight line in log10(FMR), slope {slope:.3f} a unit of cosine",
        "points": [{"score": round(float(s), 4), "log10_fmr": round(float(r), 4)} for s, r in points],
    }
    lines = json.dumps({k: v for k, v in document.items() if k != "points"}, indent=1)[:-2]
    body = ",\n".join("  " + json.dumps(p) for p in document["points"])
    arguments.out.write_text(f'{lines},\n "points": [\n{body}\n ]\n}}\n')


if __name__ == "__main__":
    main()
