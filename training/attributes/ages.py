"""ages.py DATA PACK HEAD OUT.json: how wide AgeRange must be. The head's distribution for each face of the calibration
part, and for several tails what src/face/attribute_head.cpp's age_range() would say: how often the range holds the middle
of the label's band, how far its middle lies from it, how wide it is. Nothing of held_out.csv is looked at. The
calibration part is train.py's, told by each picture's own number: of people with several photographs (one picture in
fifteen) some belong to the training part."""

import csv
import json
import pathlib
import sys

import cv2
import numpy as np
from features import Detector, Features, core, crop
from train import BANDS, CENTRES

STARTS = np.array([0, 3, 10, 20, 30, 40, 50, 60, 70, 90])
TAILS = [0.1, 0.125, 0.15, 0.2]


def quantile(distribution, share):
    """Years below which a share of each distribution lies."""
    below = np.cumsum(distribution, 1)
    at = (below >= np.minimum(share, below[:, -1:])).argmax(1)
    rows = np.arange(len(at))
    mass = distribution[rows, at]
    return STARTS[at] + (share - below[rows, at] + mass) / mass * (STARTS[at + 1] - STARTS[at])


def main():
    data, pack, head, out = map(pathlib.Path, sys.argv[1:])
    rows = list(csv.DictReader((data / "fairface/labels.csv").open()))
    held_out = {row["file"] for row in csv.DictReader((pathlib.Path(__file__).parent / "held_out.csv").open())}
    share = np.random.default_rng(7).random(len(rows))
    chosen = [row for row, s in zip(rows, share) if 0.6 <= s < 0.75 and row["file"] not in held_out]
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
