#!/usr/bin/env python3
"""Fits the default pack's score normalisation and writes normalisation.json and normalisation.bin.

    training/fit_normalisation.py --cache templates.vvtc --data ../shared/data --out models/default

For each template x of a labelled, balanced cohort: μ(x) and σ(x), mean and deviation of the scores of x against the
strangers of its own labelled group (14 groups of FairFace; LFW's women and men; Congress; legislators of four
countries). Two quadratic forms in x then predict μ and log σ: ridge regression with the kernel (x·z + 1)², every
group weighing the same. Labels serve here and nowhere else; what ships is 2 · 8,385 numbers, none of them a person's.

Only people of the half that does not report (templates.reports) are fitted, and the hyper-parameters below were chosen
among those people alone; docs/accuracy.md has what was tried. Deterministic: no random number is drawn.
"""
import argparse
import hashlib
import json
import pathlib

import numpy as np

import templates

RIDGE = 0.3
SAME_PERSON = 0.62  # cosine: FairFace pairs at or above it are mostly the same person twice, and leave the statistics


def groups(library, keep):
    """{group: (files, templates)}, one picture a person, of the people that `keep` accepts."""
    found = {}

    def add(pictures, group_of):
        seen = set()
        for i, person in enumerate(pictures.people):
            if not keep(person) or person in seen:
                continue
            seen.add(person)
            files, vectors = found.setdefault(group_of(pictures.groups[i]), ([], []))
            files.append(pictures.files[i])
            vectors.append(pictures.templates[i])

    add(library.fairface(), lambda group: "FairFace " + group)
    add(library.legislators(), lambda group: "legislators " + group)
    add(library.congress(), lambda group: "US Congress")
    add(library.lfw(), lambda group: "LFW " + (group or "M"))
    return {name: (files, np.array(vectors, np.float64)) for name, (files, vectors) in sorted(found.items())}


def strangers(vectors):
    """μ and σ of each row's cosine with the other rows."""
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, np.nan)
    scores[scores >= SAME_PERSON] = np.nan
    return np.nanmean(scores, 1), np.nanstd(scores, 1)


def fit(cohort, ridge=RIDGE):
    """Two quadratic forms as (constant, linear, symmetric matrix), and the range of the fitted values."""
    x, y, weight = [], [], []
    for _, vectors in cohort.values():
        mean, deviation = strangers(vectors)
        x.append(vectors)
        y.append(np.stack([mean, np.log(deviation)], 1))
        weight.append(np.full(len(vectors), 1 / len(vectors)))
    x, y, weight = np.concatenate(x), np.concatenate(y), np.concatenate(weight)
    weight /= weight.mean()
    middle, spread = np.average(y, 0, weight), y.std(0)
    kernel = (x @ x.T + 1) ** 2
    a = np.linalg.solve(kernel + ridge * np.diag(1 / weight), (y - middle) / spread) * spread
    return [(middle[k] + a[:, k].sum(), 2 * x.T @ a[:, k], x.T @ (x * a[:, k:k + 1]), y[:, k].min(), y[:, k].max())
            for k in range(2)]


def apply(forms, vectors):
    """(1/σ, μ/σ) of each row."""
    values = []
    for constant, linear, quadratic, low, high in forms:
        v = constant + vectors @ linear + np.einsum("ni,ij,nj->n", vectors, quadratic, vectors, optimize=True)
        values.append(np.clip(v, low, high))
    sigma = np.exp(values[1])
    return 1 / sigma, values[0] / sigma


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True, help="template cache, from `visavis audit templates`")
    parser.add_argument("--data", required=True, help="the labelled photographs")
    parser.add_argument("--out", required=True, help="directory of the pack")
    arguments = parser.parse_args()

    library = templates.Library(arguments.cache, arguments.data)
    cohort = groups(library, lambda person: not templates.reports(person))
    forms = fit(cohort)

    parts = []
    for constant, linear, quadratic, _, _ in forms:
        upper = quadratic * (2 - np.eye(len(quadratic)))  # x_i·x_j and x_j·x_i are one number in the file
        parts += [[constant], linear, upper[np.triu_indices(len(quadratic))]]
    binary = np.concatenate(parts).astype("<f4").tobytes()
    out = pathlib.Path(arguments.out)
    (out / "normalisation.bin").write_bytes(binary)
    lines = sorted(hashlib.sha256((library.data / file).read_bytes()).hexdigest()
                   for files, _ in cohort.values() for file in files)
    document = {
        "format": 1,
        "score": "cosine normalised by what strangers of one's own kind score, predicted from the template",
        "dimension": len(forms[0][1]),
        "file": "normalisation.bin",
        "sha256": hashlib.sha256(binary).hexdigest(),
        "mu": {"low": round(float(forms[0][3]), 6), "high": round(float(forms[0][4]), 6)},
        "log_sigma": {"low": round(float(forms[1][3]), 6), "high": round(float(forms[1][4]), 6)},
        "method": "ridge regression of mean and log deviation of own-group scores on the template's products, "
                  f"ridge {RIDGE}, groups weighted equally",
        "made_by": "training/fit_normalisation.py",
        "fitted_on": [{"group": name, "people": len(files)} for name, (files, _) in cohort.items()],
        "fitted_on_hash": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "people": "the half whose SHA-256 of `visavis split 1 ` + name begins with an even byte",
    }
    (out / "normalisation.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
