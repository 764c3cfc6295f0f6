#!/usr/bin/env python3
"""How should a user's faces become one template? Measures mean, quality-weighted mean and best-of, trimmed or not.

    find lfw/images -name '*.jpg' | build/embed_photos --pick centre --out LFW
    training/measure_fusion.py LFW

People with at least three photographs are enrolled with all but the last, which is the probe; every probe is compared
with every user. FMR is counted over the comparisons with other people's users, at each way's own scores; intervals are
Wilson's, 95 %. "Mixed" repeats it with one stranger's photograph associated with every user by mistake.
"""
import collections
import csv
import math
import random
import sys

import numpy as np

OUTLIER = 0.35  # as in src/match/fusion.cpp


def load(folder):
    rows = list(csv.DictReader(open(f"{folder}/faces.csv")))
    vectors = np.fromfile(f"{folder}/templates.f32", "<f4")
    rows = [row for row in rows if row["box_left"]]
    vectors = vectors.reshape(len(rows), -1)
    people = collections.defaultdict(list)
    for row, vector in zip(rows, vectors):
        quality = min(1.0, float(row.get("sharpness") or 50) / 50) * float(row.get("confidence") or 100) / 100
        people[row["file"].split("/")[-2]].append((row["file"], vector, max(quality, 0.05)))
    return {name: sorted(photos, key=lambda one: one[0]) for name, photos in people.items()}


def unit(vector):
    return vector / max(np.linalg.norm(vector), 1e-9)


def trimmed(photos, weights):
    kept = list(range(len(photos)))
    while len(kept) > 2:
        total = sum(weights[i] * photos[i] for i in kept)
        agree = [float(photos[i] @ unit(total - weights[i] * photos[i])) for i in kept]
        worst = int(np.argmin(agree))
        if agree[worst] > sorted(agree)[len(agree) // 2] - OUTLIER:
            break
        kept.pop(worst)
    return kept


def fuse(way, photos, weights):
    """The user's templates: one row, or all for best-of."""
    if way == "best-of":
        return np.stack(photos)
    used = weights if "quality" in way else [1.0] * len(photos)
    kept = trimmed(photos, used) if "trimmed" in way else range(len(photos))
    return unit(sum(used[i] * photos[i] for i in kept))[None]


def wilson(hits, count):
    if count == 0:
        return 0, 0
    z, p = 1.96, hits / count
    middle, spread = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)


def main():
    people = {name: photos for name, photos in load(sys.argv[1]).items() if len(photos) >= 3}
    names = sorted(people)
    random.seed(1)
    print(f"{len(names)} people, {sum(len(people[n]) - 1 for n in names)} photographs enrolled, {len(names)} probes, "
          f"{len(names) * (len(names) - 1)} non-mated comparisons")
    probes = np.stack([people[n][-1][1] for n in names])
    for mixed in (False, True):
        print("\nmixed: one stranger's photograph in each user" if mixed else "\nclean")
        for way in ("mean", "mean, trimmed", "mean, quality", "mean, quality, trimmed", "best-of"):
            users = []
            for i, name in enumerate(names):
                photos = [one[1] for one in people[name][:-1]]
                weights = [one[2] for one in people[name][:-1]]
                if mixed:
                    stranger = people[names[(i + 1 + random.randrange(len(names) - 1)) % len(names)]][0]
                    photos.append(stranger[1])
                    weights.append(stranger[2])
                users.append(fuse(way, photos, weights))
            scores = np.stack([(probes @ templates.T).max(axis=1) for templates in users], axis=1)
            mated = np.diag(scores)
            others = np.sort(scores[~np.eye(len(names), dtype=bool)])[::-1]
            cells = []
            for fmr in (1e-3, 1e-4):
                threshold = others[int(fmr * len(others))]
                hits = int((mated > threshold).sum())
                low, high = wilson(hits, len(mated))
                cells.append(f"TAR at FMR {fmr:g}: {100 * hits / len(mated):.1f} % ({hits}; {100 * low:.1f} to {100 * high:.1f})")
            fixed = int((others > 0.45).sum())
            print(f"  {way:24} {'  '.join(cells)}  above cosine 0.45: {fixed} strangers, {int((mated > 0.45).sum())} mated")


main()
