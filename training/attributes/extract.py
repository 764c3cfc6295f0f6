"""extract.py DATA PACK TEACHER OUT.npz: features of FairFace's faces, and for TAUGHT of them, drawn at random, those
of the mirrored face and the teacher's seven expression scores. About ten minutes on one core; prints its progress."""

import csv
import pathlib
import sys

import cv2
import numpy as np
from features import LENGTH, Detector, Features, core, crop

TAUGHT = 4000


def expression_input(picture, box):
    """The face's box and a tenth more on each side, 224×224, R G B, 0…1: what the teacher expects."""
    x, y, width, height = box
    part = picture[max(0, int(y - 0.1 * height)) : int(y + 1.1 * height), max(0, int(x - 0.1 * width)) : int(x + 1.1 * width)]
    return (cv2.resize(part, (224, 224))[:, :, ::-1].astype(np.float32) / 255).transpose(2, 0, 1)[None]


def main():
    data, pack, teacher_file, out = sys.argv[1:]
    rows = list(csv.DictReader((pathlib.Path(data) / "fairface/labels.csv").open()))
    detect, features = Detector(pathlib.Path(pack)), Features(pathlib.Path(pack))
    teacher = core.compile_model(core.read_model(teacher_file), "CPU")
    count = len(rows)
    upright = np.zeros((count, LENGTH), np.float16)
    mirrored = np.zeros((count, LENGTH), np.float16)
    templates = np.zeros((count, 128), np.float32)
    expressions = np.full((count, 7), np.nan, np.float32)
    found = np.zeros(count, bool)
    order = np.random.default_rng(3).permutation(count)
    for step, i in enumerate(order):
        picture = cv2.imread(str(pathlib.Path(data) / rows[i]["file"]))
        face = detect(picture)
        if face is not None:
            landmarks, box = face
            aligned = crop(picture, landmarks)
            upright[i], templates[i] = features(aligned)
            if step < TAUGHT:
                mirrored[i], _ = features(aligned[:, ::-1])
                expressions[i] = teacher(expression_input(picture, box))[0][0]
            found[i] = True
        if step % 100 == 0:
            print(f"\r{step} of {count}", end="", file=sys.stderr, flush=True)
    np.savez(out, upright=upright, mirrored=mirrored, templates=templates, expressions=expressions, found=found)
    print(f"\n{found.sum()} of {count} faces found", file=sys.stderr)


if __name__ == "__main__":
    main()
