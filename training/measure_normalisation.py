#!/usr/bin/env python3
"""Measures the score normalisation and prints the tables of docs/accuracy.md.

    training/measure_normalisation.py --cache templates.vvtc --data ../shared/data --pack models/default

Cross-fitted: everybody is in one of --folds folds by a hash of the name; a pair is scored by a fit, made as the shipped
one is, that saw nobody of either side's fold. Shipped: the pack's own fit, on the people it did not see. Intervals are
95 %, from drawing each group's people with replacement (--resamples times), thresholds included. At the end stands what
equal groups of these sizes would show (chance.py). The cache is what any `visavis audit …` or `visavis models
calibrate` leaves with --cache. Same input, same text.
"""
import argparse
import sys

import numpy as np

import bootstrap
import chance
import normalisation
import templates

RATES = (1e-3, 1e-4)
SETS = {"five portrait sets": lambda name: name.startswith(("US Congress", "legislators")),
        "FairFace": lambda name: name.startswith("FairFace")}


def mated(library, people, inputs_of=lambda pictures: pictures.templates):
    """{set: (inputs of a, inputs of b, number of the person)}: pairs of different photographs, at most ten a person."""
    found = {}
    for name, pictures, photo in (("LFW", library.lfw(), lambda file: file),
                                  ("Congress", library.congress(), lambda file: library.photo_group[file])):
        of_person = {}
        for i, person in enumerate(pictures.people):
            of_person.setdefault(person, []).append(i)
        pairs = []
        for person, mine in of_person.items():
            different = [(x, y) for k, x in enumerate(mine) for y in mine[k + 1:]
                         if photo(pictures.files[x]) != photo(pictures.files[y])]
            pairs += [(x, y, people.number[person]) for x, y in different[:10]]
        a, b, who = np.array(pairs).T
        inputs = inputs_of(pictures).astype(np.float64)
        found[name] = (inputs[a], inputs[b], who)
    return found


class Measurement:
    """One way of scoring, on the people of `keep`."""

    def __init__(self, people, pairs, mates, keep, score_pairs, score_mates):
        self.people, self.keep = people, keep
        self.groups = {}
        for g, p in pairs.items():
            inside, out = keep[p.a] & keep[p.b], keep[p.excluded[0]] & keep[p.excluded[1]]
            members = np.flatnonzero((people.group == g) & keep)
            place = np.full(len(keep), -1)
            place[members] = np.arange(len(members))
            self.groups[people.names[g]] = bootstrap.Group(
                members, (place[p.a[inside]], place[p.b[inside]]),
                score_pairs(p.cosine[inside], p.a[inside], p.b[inside]),
                (place[p.excluded[0][out]], place[p.excluded[1][out]]))
        self.mated = {}
        for name, (a, b, who) in mates.items():
            inside = keep[who]
            self.mated[name] = bootstrap.Mated(who[inside], score_mates(a[inside], b[inside], who[inside]))

    def measure(self):
        found = {}
        for title, belongs in SETS.items():
            groups = {name: g for name, g in self.groups.items() if belongs(name)}
            for rate in RATES:
                threshold = bootstrap.pooled_threshold(list(groups.values()), rate)
                rates = {name: g.rate(threshold) for name, g in groups.items()}
                found[title, rate, "ratio"] = max(rates.values()) / min(rates.values())
                for name, m in self.mated.items():
                    found[title, rate, "TAR " + name] = m.tar(threshold)
                for name, value in rates.items():
                    found[title, rate, name] = value
            worst = max(g.threshold(RATES[0]) for g in groups.values())
            for name, m in self.mated.items():
                found[title, "worst", "TAR " + name] = m.tar(worst)
        return found

    def run(self, resamples):
        members = [np.flatnonzero((self.people.group == g) & self.keep) for g in range(len(self.people.names))]
        parts = list(self.groups.values()) + list(self.mated.values())
        found = bootstrap.with_intervals([m for m in members if len(m)], parts, self.measure, resamples)
        everyone = np.ones(len(self.keep))
        for g in self.groups.values():
            g.draw(everyone)
        events = {}
        for title, belongs in SETS.items():
            groups = {name: g for name, g in self.groups.items() if belongs(name)}
            for rate in RATES:
                threshold = bootstrap.pooled_threshold(list(groups.values()), rate)
                for name, g in groups.items():
                    events[title, rate, name] = (int(g.events(threshold)), int(g.pairs))
        return found, events


def times(found):
    return "{:.1f} ({:.1f} to {:.1f})".format(*found)


def per_cent(found):
    return "{:.1f} % ({:.1f} to {:.1f})".format(*(100 * number for number in found))


def print_summary(results):
    print("| at pooled FMR 1e-3 | five portrait sets, worst/best | TAR there, LFW | Congress | FairFace 14 groups, "
          "worst/best | TAR with the worst FairFace group at 1e-3, LFW | Congress |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for title, (found, _) in results.items():
        print(f"| {title} | {times(found['five portrait sets', 1e-3, 'ratio'])} | "
              f"{per_cent(found['five portrait sets', 1e-3, 'TAR LFW'])} | "
              f"{per_cent(found['five portrait sets', 1e-3, 'TAR Congress'])} | "
              f"{times(found['FairFace', 1e-3, 'ratio'])} | {per_cent(found['FairFace', 'worst', 'TAR LFW'])} | "
              f"{per_cent(found['FairFace', 'worst', 'TAR Congress'])} |")
    print("\n| at pooled FMR 1e-4 | five portrait sets, worst/best | TAR there, LFW | Congress | FairFace, worst/best |")
    print("| --- | --- | --- | --- | --- |")
    for title, (found, _) in results.items():
        print(f"| {title} | {times(found['five portrait sets', 1e-4, 'ratio'])} | "
              f"{per_cent(found['five portrait sets', 1e-4, 'TAR LFW'])} | "
              f"{per_cent(found['five portrait sets', 1e-4, 'TAR Congress'])} | {times(found['FairFace', 1e-4, 'ratio'])} |")


def print_groups(results, people):
    titles = list(results)
    print("\n| group | " + " | ".join(f"FMR, {title}" for title in titles) + " |")
    print("| --- |" + " --- |" * len(titles))
    for name in sorted(people.names):
        for title, belongs in SETS.items():
            if not belongs(name):
                continue
            cells = []
            for found, events in results.values():
                value, low, high = (number * 1e3 for number in found[title, 1e-3, name])
                cells.append(f"{value:.2f}e-3 ({low:.2f} to {high:.2f}; {events[title, 1e-3, name][0]} of "
                             f"{events[title, 1e-3, name][1]})")
            print(f"| {name} | " + " | ".join(cells) + " |")


def crosswise(people, folds, say, settings=normalisation.SHIPPED, score=normalisation.score):
    """How pairs and mated pairs are scored by fits that saw nobody of either side's fold."""
    fold, fits = normalisation.cross_fit(people, folds, lambda done, of: say(f"fit {done} of {of}"),
                                         settings=settings, score=score)
    dimension = people.vectors.shape[1]
    # values[p, f]: of person p by a fit that saw neither p's fold nor fold f.
    values = np.full((len(fold), folds, 2), np.nan)
    for (i, j), forms in fits.items():
        values[fold == i, j] = forms.at(people.inputs[fold == i])
    for i in range(folds):
        values[fold == i, i] = values[fold == i, (i + 1) % folds]

    def of_pairs(cosine, a, b):
        return score(cosine, values[a, fold[b]], values[b, fold[a]])

    def of_mates(a, b, who):
        scores = np.empty(len(who))
        for i in range(folds):
            mine, forms = fold[who] == i, fits[i, (i + 1) % folds]
            cosine = (a[mine, :dimension] * b[mine, :dimension]).sum(1)
            scores[mine] = score(cosine, forms.at(a[mine]), forms.at(b[mine]))
        return scores

    return of_pairs, of_mates


def measurements(library, pack, folds, say):
    """{title: Measurement}"""
    people = normalisation.cohort(library)
    pairs = {g: normalisation.Pairs(people, g) for g in range(len(people.names))
             if any(belongs(people.names[g]) for belongs in SETS.values())}
    mates = mated(library, people)
    shipped = normalisation.read(pack)
    at_once = shipped.at(people.vectors)

    def by_pack(cosine, a, b):
        return normalisation.score(cosine, at_once[a], at_once[b])

    def mates_by_pack(a, b, who):
        return normalisation.score((a * b).sum(1), shipped.at(a), shipped.at(b))

    def plain(cosine, a, b):
        return cosine

    def mates_plain(a, b, who):
        return (a * b).sum(1)

    everyone = np.full(len(people.people), True)
    reporting = np.array([templates.reports(person) for person in people.people])
    unseen = np.array([not templates.fitted(person) for person in people.people])
    ways = {}
    if folds:
        across, mates_across = crosswise(people, folds, say)
        ways["cosine, everyone"] = Measurement(people, pairs, mates, everyone, plain, mates_plain)
        ways["cross-fitted, everyone"] = Measurement(people, pairs, mates, everyone, across, mates_across)
        ways["cross-fitted, the half that chose nothing"] = Measurement(people, pairs, mates, reporting, across,
                                                                        mates_across)
    ways["cosine, people the pack's fit did not see"] = Measurement(people, pairs, mates, unseen, plain, mates_plain)
    ways["pack's fit, people it did not see"] = Measurement(people, pairs, mates, unseen, by_pack, mates_by_pack)
    return people, ways, across if folds else by_pack


def print_chance(people, way, score_pairs, draws, partitions):
    """How often equal groups would show a worst/best of 1.5 and more."""
    print("\n| were all groups equal, worst/best would be | half of the time above | one time in twenty above | "
          "at least 1.5 | at least 1.6 | at least 2 |")
    print("| --- | --- | --- | --- | --- | --- |")

    def row(title, ratios):
        shares = " | ".join(f"{100 * chance.share(ratios, bar):.0f} %" for bar in (1.5, 1.6, 2))
        print(f"| {title} | {np.median(ratios):.1f} | {np.percentile(ratios, 95):.1f} | {shares} |")

    for title, belongs in SETS.items():
        groups = [g for name, g in way.groups.items() if belongs(name)]
        for rate in RATES:
            row(f"{title} at {rate:g}, each at its own threshold, people resampled", chance.recentred(groups, rate, draws))
    names = np.array(people.names)[people.group]
    sizes = [int((names == name).sum()) for name in people.names if SETS["five portrait sets"](name)]
    fairface = np.flatnonzero([SETS["FairFace"](name) for name in names])
    row(f"{', '.join(map(str, sizes))} people of FairFace drawn at random, at {RATES[0]:g}",
        chance.partitioned(people.vectors, fairface, sizes, score_pairs, RATES[0], partitions))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True, help="template cache of the photographs, made with --cache")
    parser.add_argument("--data", required=True, help="the labelled photographs")
    parser.add_argument("--pack", required=True, help="directory of the pack")
    parser.add_argument("--folds", type=int, default=3, help="0: the pack's own fit alone")
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--chance-draws", type=int, default=1000)
    parser.add_argument("--partitions", type=int, default=400, help="draws of random groups")
    arguments = parser.parse_args()

    def say(text):
        if sys.stderr.isatty():
            print(text, file=sys.stderr)

    people, ways, score_pairs = measurements(templates.Library(arguments.cache, arguments.data), arguments.pack,
                                             arguments.folds, say)
    results = {title: way.run(arguments.resamples) for title, way in ways.items()}
    print_summary(results)
    print_groups({title: result for title, result in results.items() if not title.startswith("cosine")}, people)
    way = ways["cross-fitted, everyone" if arguments.folds else "pack's fit, people it did not see"]
    print_chance(people, way, score_pairs, arguments.chance_draws, arguments.partitions)


if __name__ == "__main__":
    main()
