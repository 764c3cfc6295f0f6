"""ages.py DATA PACK HEAD CACHE OUT.json: how wide AgeRange must be. The head's distribution for each face of the calibration
part, and for several tails what src/face/attribute_head.cpp's age_range() would say: how often the range holds the middle
of the label's band, how far its middle lies from it, how wide it is. Nothing of held_out.csv is looked at. The
calibration part is train.py's, told by each picture's own number. train.py draws for people, not pictures, so pictures of
people with several of them are left out: those that another one comes near (cosine NEAR; train.py calls 0.62 one person).
So nobody measured here trained the head. CACHE holds FairFace's templates (`visavis audit verification --cache CACHE`)."""

import csv
import json
import pathlib
import sys

import cv2
import numpy as np
from features import Detector, Features, core, crop
from train import BANDS, CENTRES

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from templates import Library, central

STARTS = np.array([0, 3, 10, 20, 30, 40, 50, 60, 70, 90])
TAILS = [0.1, 0.125, 0.15, 0.2]
NEAR = 0.55


def alone(cache, data, rows):
    """Files with a template that no other picture's comes near."""
    library = Library(cache, data)
    pictures = library.load([(row["file"], row["file"], "") for row in rows], central)
    found = set()
    for start in range(0, len(pictures.files), 1000):
        cosines = pictures.templates[start : start + 1000] @ pictures.templates.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        found |= {pictures.files[start + i] for i in np.flatnonzero(cosines.max(1) < NEAR)}
    return found


def quantile(distribution, share):
    """Years below which a share of each distribution lies."""
    below = np.cumsum(distribution, 1)
    at = (below >= np.minimum(share, below[:, -1:])).argmax(1)
    rows = np.arange(len(at))
    mass = distribution[rows, at]
    return STARTS[at] + (share - below[rows, at] + mass) / mass * (STARTS[at + 1] - STARTS[at])


def main():
    data, pack, head, cache, out = map(pathlib.Path, sys.argv[1:])
    rows = list(csv.DictReader((data / "fairface/labels.csv").open()))
    held_out = {row["file"] for row in csv.DictReader((pathlib.Path(__file__).parent / "held_out.csv").open())}
    share = np.random.default_rng(7).random(len(rows))
    single = alone(cache, data, rows) - held_out
    chosen = [row for row, s in zip(rows, share) if 0.6 <= s < 0.75 and row["file"] in single]
    detect, features = Detector(pack), Features(pack, "sface-int8.onnx")
    network = core.compile_model(core.read_model(str(head)), "CPU")
    distributions, truth = [], []
    for row in chosen:
        picture = cv2.imread(str(data / row["file"]))
        face = detect(picture)
        if face is not None:
            values, _ = features(crop(picture, face[0]))
            distributions.append(network(values[None].astype(np.float32))["age"][0].copy())
            truth.append(CENTRES[BANDS.index(row["age"])])
    distributions, truth = np.array(distributions), np.array(truth)
    result = {"faces": len(truth), "tails": {}}
    for tail in TAILS:
        middle = quantile(distributions, 0.5)
        half = (quantile(distributions, 1 - tail) - quantile(distributions, tail)) / 2
        low, high = (np.floor(np.clip(years, 0, 90) + 0.5) for years in (middle - half, middle + half))
        result["tails"][tail] = {"holds": round(float(((low <= truth) & (truth <= high)).mean()), 3),
                                 "mean_absolute_error": round(float(np.abs((low + high) / 2 - truth).mean()), 2),
                                 "width": round(float((high - low).mean()), 1)}
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
