#!/usr/bin/env python3
"""What was tried for the score normalisation, among the people who choose: tables of docs/accuracy.md.

    training/normalisation_variants.py --cache templates.vvtc --data ../shared/data [--only ridge …]

Nobody of the half that reports is looked at. Four folds of people by a hash of the name: a pair is scored by a fit that
saw nobody of either side's fold. For each variant: J, which decides (the root of half the mean square of
ln(group/pooled) over FairFace's groups at 1e-3 and a quarter each over the portrait sets at 1e-2 and 3e-3), its parts,
worst/best of the groups' false match rates, and TAR. The cache is that of fit_normalisation.py. No random number is
drawn; a variant takes one to two minutes of one core. Needs scripts/pins/normalisation.txt.
"""
import argparse
import sys
from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

import bootstrap
import normalisation
import templates
from measure_normalisation import SETS, crosswise, mated

FOLDS = 4
KEPT = 0.2  # share of a group's pairs whose scores are kept: by the plain cosine 6 % of Nigeria's lie above the pooled 1e-2
PORTRAIT_RATES = (1e-2, 3e-3, 1e-3)
FACE_QUALITY = [2, 4, 15, 16, 17, 18, 19]  # of templates.FACE: width, confidence, roll, yaw, pitch, brightness, sharpness


def averaged(cosine, a, b):
    return (cosine - (a[..., 0] + b[..., 0]) / 2) * np.exp(-(a[..., 1] + b[..., 1]) / 2)


def variance_averaged(cosine, a, b):
    return (cosine - (a[..., 0] + b[..., 0]) / 2) / np.sqrt((np.exp(2 * a[..., 1]) + np.exp(2 * b[..., 1])) / 2)


def lower(cosine, a, b):
    return np.minimum((cosine - a[..., 0]) * np.exp(-a[..., 1]), (cosine - b[..., 0]) * np.exp(-b[..., 1]))


@dataclass(frozen=True)
class Variant:
    settings: normalisation.Settings = normalisation.SHIPPED
    score: Callable = normalisation.score
    quality: float = 0  # weight of what is known of the face beside the template, as inputs of the forms


def weighing(factor):
    """Groups weigh the same but for `factor(name)`."""
    return lambda name, people: factor(name) / people


def variants():
    """{title: Variant or None for the plain cosine}"""
    def setting(**changes):
        return Variant(replace(normalisation.SHIPPED, **changes))

    portraits = SETS["five portrait sets"]
    found = {"cosine": None, "as shipped": Variant(), "targets not moved": setting(rounds=0)}
    found |= {f"{rounds} rounds": setting(rounds=rounds) for rounds in (3, 12)}
    found |= {f"ridge {ridge:g}": setting(ridge=ridge) for ridge in (0.1, 0.2, 0.5, 1, 2)}
    found["portrait sets weigh double"] = setting(weight=weighing(lambda name: 2 if portraits(name) else 1))
    found["portrait sets weigh half"] = setting(weight=weighing(lambda name: 0.5 if portraits(name) else 1))
    found["LFW weighs a third"] = setting(weight=weighing(lambda name: 1 / 3 if name.startswith("LFW") else 1))
    found["groups weigh by the root of their size"] = setting(weight=lambda name, people: people ** -0.5)
    found["groups weigh by their size"] = setting(weight=lambda name, people: 1)
    found |= {f"targets moved at {first:g} and {second:g}": setting(rates=(first, second))
              for first, second in ((3e-3, 1e-3), (1e-2, 3e-3), (1e-2, 3e-4))}
    found |= {f"events trusted less (prior {prior})" if prior > 20 else f"events trusted more (prior {prior})":
              setting(prior_events=prior) for prior in (60, 5)}
    found |= {f"quality of the face as inputs, weight {weight:g}": Variant(quality=weight)
              for weight in (0.05, 0.1, 0.2)}
    found["both sides' μ and log σ averaged"] = Variant(score=averaged)
    found["both sides' μ and σ² averaged"] = Variant(score=variance_averaged)
    found["the lower side's score"] = Variant(score=lower)
    return found


@dataclass
class Bench:
    """The people who choose, their pairs and their mated pairs; inputs are templates with FACE_QUALITY beside them."""
    people: normalisation.Cohort
    pairs: dict
    mates: dict

    @classmethod
    def of(cls, library):
        everybody, faces = normalisation.cohort(library), {}
        for pictures in (library.fairface(), library.legislators(), library.congress(), library.lfw()):
            faces |= dict(zip(pictures.files, pictures.faces))
        people = everybody.subset(np.array([not templates.reports(person) for person in everybody.people]))
        quality = np.array([faces[file][FACE_QUALITY] for file in people.files], np.float64)
        people = replace(people, inputs=np.hstack([people.vectors, quality]))
        pairs = {g: normalisation.Pairs(people, g) for g in range(len(people.names))
                 if any(belongs(people.names[g]) for belongs in SETS.values())}
        mates = mated(library, everybody,
                      lambda pictures: np.hstack([pictures.templates, pictures.faces[:, FACE_QUALITY]]))
        chooses = np.array([people.number.get(person, -1) for person in everybody.people])
        for name, (a, b, who) in mates.items():
            inside = chooses[who] >= 0
            mates[name] = a[inside], b[inside], chooses[who[inside]]
        return cls(people, pairs, mates)

    def scored(self, variant):
        """({name of a group: bootstrap.Group}, {set: bootstrap.Mated}) by a variant."""
        dimension = self.people.vectors.shape[1]
        if variant is None:
            def of_pairs(cosine, a, b):
                return cosine

            def of_mates(a, b, who):
                return (a * b).sum(1)

            def inputs(rows):
                return rows[:, :dimension]
        else:
            quality = self.people.inputs[:, dimension:]

            def inputs(rows):
                beside = variant.quality * (rows[:, dimension:] - quality.mean(0)) / quality.std(0)
                return np.hstack([rows[:, :dimension], beside]) if variant.quality else rows[:, :dimension]

            people = replace(self.people, inputs=inputs(self.people.inputs))
            of_pairs, of_mates = crosswise(people, FOLDS, lambda text: None, settings=variant.settings,
                                           score=variant.score)
        groups, nobody = {}, np.zeros(0, int)
        for g, p in self.pairs.items():
            members = self.people.members(g)
            place = np.full(len(self.people.people), -1)
            place[members] = np.arange(len(members))
            groups[self.people.names[g]] = bootstrap.Group(members, (place[p.a], place[p.b]),
                                                           of_pairs(p.cosine, p.a, p.b),
                                                           (place[p.excluded[0]], place[p.excluded[1]]), KEPT)
        mates = {name: bootstrap.Mated(who, of_mates(inputs(a), inputs(b), who)) for name, (a, b, who) in self.mates.items()}
        everyone = np.ones(len(self.people.people))
        for part in [*groups.values(), *mates.values()]:
            part.draw(everyone)
        return groups, mates


def spread(groups, rate):
    """(mean square of ln(group/pooled), worst/best, threshold) at a pooled rate."""
    threshold = bootstrap.pooled_threshold(groups, rate)
    rates = np.array([group.rate(threshold) for group in groups])
    return np.mean(np.log(rates / rate) ** 2), rates.max() / rates.min(), threshold


def row(title, groups, mates):
    chosen = {name: [g for group, g in groups.items() if belongs(group)] for name, belongs in SETS.items()}
    fairface, fairface_ratio, _ = spread(chosen["FairFace"], 1e-3)
    portraits = [spread(chosen["five portrait sets"], rate) for rate in PORTRAIT_RATES]
    j = np.sqrt(fairface / 2 + portraits[0][0] / 4 + portraits[1][0] / 4)
    at = [portraits[2][2], bootstrap.pooled_threshold(chosen["five portrait sets"], 1e-4)]
    worst = max(group.threshold(1e-3) for group in chosen["FairFace"])
    tar = " | ".join(", ".join(f"{100 * mates[name].tar(threshold):.1f}" for threshold in at) +
                     f", {100 * mates[name].tar(worst):.1f} %" for name in ("LFW", "Congress"))
    return (f"| {title} | {j:.3f} | {np.sqrt(fairface):.2f}, {fairface_ratio:.1f} | "
            f"{', '.join(f'{ratio:.1f}' for _, ratio, _ in portraits)} | {tar} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True, help="template cache of the photographs, made with --cache")
    parser.add_argument("--data", required=True, help="the labelled photographs")
    parser.add_argument("--only", nargs="*", metavar="TEXT", help="variants whose title has one of these texts in it")
    arguments = parser.parse_args()
    wanted = {title: variant for title, variant in variants().items()
              if not arguments.only or any(text in title for text in arguments.only)}
    if not wanted:
        sys.exit(f"no variant has {' or '.join(map(repr, arguments.only))} in its title; there are: {', '.join(variants())}")
    bench = Bench.of(templates.Library(arguments.cache, arguments.data))
    print(f"{len(bench.people.people)} people who choose, {FOLDS} folds\n")
    print("| variant | J | FairFace rms, worst/best at 1e-3 | portraits worst/best at 1e-2, 3e-3, 1e-3 | "
          "TAR LFW at the portraits' 1e-3, 1e-4, with the worst FairFace group at 1e-3 | the same, Congress |")
    print("| --- | --- | --- | --- | --- | --- |")
    for title, variant in wanted.items():
        print(row(title, *bench.scored(variant)), flush=True)


if __name__ == "__main__":
    main()
