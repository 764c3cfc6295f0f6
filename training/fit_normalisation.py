#!/usr/bin/env python3
"""Fits the default pack's score normalisation and writes normalisation.json and normalisation.bin.

    training/fit_normalisation.py --cache templates.vvtc --data ../shared/data --out models/default

How: normalisation.py. On whom: templates.fitted, one picture a person. What ships is 2 · 8,385 numbers, none of them a
person's. The hyper-parameters were chosen among people of the half that does not report; docs/accuracy.md has what was
tried. Deterministic: no random number is drawn. Needs scripts/pins/normalisation.txt.

The cache is a file that any `visavis audit …` or `visavis models calibrate` leaves with --cache; this fills it:

    visavis models calibrate --data ../shared/data --people congress=congress/people.csv,congress/photos.csv \\
        --people legislators=legislators/people.csv:country --people lfw=lfw/people.csv,lfw/images:gender@central \\
        --people fairface=fairface/labels.csv:race+gender --cache templates.vvtc --out curve-of-everybody.json
"""
import argparse
import hashlib
import json
import pathlib

import numpy as np

import normalisation
import templates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True, help="template cache of the photographs, made with --cache")
    parser.add_argument("--data", required=True, help="the labelled photographs")
    parser.add_argument("--out", required=True, help="directory of the pack")
    arguments = parser.parse_args()

    library = templates.Library(arguments.cache, arguments.data)
    people = normalisation.cohort(library)
    people = people.subset(np.array([templates.fitted(person) for person in people.people]))
    forms = normalisation.fit(people)

    binary = normalisation.to_bytes(forms)
    out = pathlib.Path(arguments.out)
    (out / "normalisation.bin").write_bytes(binary)
    lines = sorted(hashlib.sha256((library.data / file).read_bytes()).hexdigest() for file in people.files)
    ranges = [{"low": round(float(low), 6), "high": round(float(high), 6)}
              for low, high in zip(forms.low, forms.high)]
    document = {
        "format": 1,
        "score": "cosine normalised by what strangers of one's own kind score, predicted from the template",
        "dimension": people.vectors.shape[1],
        "file": "normalisation.bin",
        "sha256": hashlib.sha256(binary).hexdigest(),
        "mu": ranges[0],
        "log_sigma": ranges[1],
        "method": normalisation.DESCRIPTION,
        "made_by": "training/fit_normalisation.py",
        "fitted_on": [{"group": name, "people": len(people.members(number))}
                      for number, name in enumerate(people.names)],
        "fitted_on_hash": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "people": "those whose SHA-256 of `visavis split 1 ` + name begins with an even byte; of FairFace also those "
                  "whose first byte is 1 modulo 4",
    }
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (out / "normalisation.json").write_text(text)
    print(f'the pack\'s manifest has to say: normalisation_sha256 = "{hashlib.sha256(text.encode()).hexdigest()}"')


if __name__ == "__main__":
    main()
