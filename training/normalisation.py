"""Score normalisation: two quadratic forms of a template x that predict μ(x) and log σ(x), what strangers score.

Per person of a labelled cohort: mean and deviation of the cosines with the strangers of the own group (14 groups of
FairFace; LFW's women and men; Congress; legislators of four countries). Ridge regression with the kernel (x·z + 1)²
learns them, every group weighing the same. Mean and deviation do not say everything about a group's tail, so the
targets of each group are then moved by two numbers, until the groups' false match rates, measured on predictions that
left the predicted person out, come together at Settings.rates. Labels serve here and nowhere else. No random number is drawn.
"""
import itertools
import json
import pathlib
from dataclasses import dataclass
from typing import Callable

import numpy as np
from scipy.linalg import lapack

import templates

DAMPING = 0.7
SAME_PERSON = 0.62  # cosine: FairFace pairs at or above it are mostly the same person twice, and are left out


def equal_weight(name, people):
    """What a person of group `name`, of so many people, weighs: every group the same."""
    return 1 / people


@dataclass(frozen=True)
class Settings:
    """What normalisation_variants.py chose among; the defaults ship."""
    ridge: float = 0.3
    rates: tuple = (1e-2, 1e-3)
    rounds: int = 6
    prior_events: float = 20  # a group's excess counts k / (k + prior_events), k its events: few events move little
    weight: Callable = equal_weight


SHIPPED = Settings()
DESCRIPTION = ("ridge regression of mean and log deviation of own-group scores on the template's products, "
               f"ridge {SHIPPED.ridge}, groups weighted equally; each group's targets moved in {SHIPPED.rounds} rounds until the groups' "
               f"false match rates at {SHIPPED.rates[0]:g} and {SHIPPED.rates[1]:g}, predictions leaving the person out, come together")


@dataclass
class Cohort:
    """People, one template each."""
    people: list
    files: list
    vectors: np.ndarray
    group: np.ndarray  # number of the group
    names: list        # of the groups
    inputs: np.ndarray = None  # what the forms are fitted to: the vectors, unless a variant knows more of a face

    def __post_init__(self):
        self.number = {person: i for i, person in enumerate(self.people)}
        if self.inputs is None:
            self.inputs = self.vectors

    def subset(self, keep):
        keep = np.flatnonzero(keep)
        return Cohort([self.people[i] for i in keep], [self.files[i] for i in keep], self.vectors[keep],
                      self.group[keep], self.names, self.inputs[keep])

    def members(self, group):
        return np.flatnonzero(self.group == group)


def cohort(library):
    """Everybody in the labelled sets, by their first picture with a face."""
    rows = []
    seen = set()

    def add(pictures, group_of):
        for i, person in enumerate(pictures.people):
            if person not in seen:
                seen.add(person)
                rows.append((person, pictures.files[i], pictures.templates[i], group_of(pictures.groups[i])))

    add(library.fairface(), lambda group: "FairFace " + group)
    add(library.legislators(), lambda group: "legislators " + group)
    add(library.congress(), lambda group: "US Congress")
    add(library.lfw(), lambda group: "LFW " + (group or "M"))
    names = sorted({row[3] for row in rows})
    return Cohort([row[0] for row in rows], [row[1] for row in rows], np.array([row[2] for row in rows], np.float64),
                  np.array([names.index(row[3]) for row in rows]), names)


def strangers(vectors):
    """Mean and log deviation of each row's cosines with the other rows."""
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, np.nan)
    scores[scores >= SAME_PERSON] = np.nan
    return np.stack([np.nanmean(scores, 1), np.log(np.nanstd(scores, 1))], 1)


def score(cosine, a, b):
    """Normalised score of pairs with `cosine`; a, b: (μ, log σ) of both sides."""
    return ((cosine - a[..., 0]) * np.exp(-a[..., 1]) + (cosine - b[..., 0]) * np.exp(-b[..., 1])) / 2


@dataclass
class Forms:
    """(constant, linear, symmetric matrix) for μ and for log σ, and the range of the values they were fitted to."""
    parts: list
    low: np.ndarray
    high: np.ndarray

    def at(self, vectors):
        """(μ, log σ) of each row."""
        values = [constant + vectors @ linear + ((vectors @ matrix) * vectors).sum(1)
                  for constant, linear, matrix in self.parts]
        return np.clip(np.stack(values, 1), self.low, self.high)


class Regression:
    """Ridge regression on one set of people, for any targets. The matrix is in float32, which moves the predictions by
    less than 1e-5 against float64 and halves the time."""

    def __init__(self, people, settings):
        self.people = people
        counts = np.bincount(people.group, minlength=len(people.names))
        of_group = np.array([settings.weight(name, count) if count else 0 for name, count in zip(people.names, counts)], float)
        self.weight = of_group[people.group]
        self.weight /= self.weight.mean()
        x = people.inputs.astype(np.float32)
        matrix = x @ x.T
        matrix += 1
        matrix *= matrix
        matrix[np.diag_indices_from(matrix)] += settings.ridge / self.weight
        self.factor, failed = lapack.spotrf(matrix.T, lower=1, overwrite_a=True)
        if failed:
            raise SystemExit("the kernel matrix is not positive definite")
        inverse, _ = lapack.strtri(self.factor, lower=1)
        self.precision = np.einsum("ij,ij->j", inverse, inverse)  # diagonal of the inverse of the matrix

    def solve(self, targets):
        """The targets predicted for each person from all others."""
        self.middle = np.average(targets, 0, self.weight)
        self.spread = targets.std(0)
        standard = (targets - self.middle) / self.spread
        self.alpha, _ = lapack.spotrs(self.factor, standard.astype(np.float32), lower=1)
        self.alpha = self.alpha.astype(np.float64)
        self.low, self.high = targets.min(0), targets.max(0)
        left_out = standard - self.alpha / self.precision[:, None]
        return np.clip(left_out * self.spread + self.middle, self.low, self.high)

    def forms(self):
        """Of the targets last solved."""
        x, alpha = self.people.inputs, self.alpha * self.spread
        return Forms([(self.middle[k] + alpha[:, k].sum(), 2 * x.T @ alpha[:, k], x.T @ (x * alpha[:, k:k + 1]))
                      for k in range(2)], self.low, self.high)


class Pairs:
    """All pairs of different people of one group."""

    def __init__(self, people, group):
        members = people.members(group)
        scores = people.vectors[members] @ people.vectors[members].T
        a, b = np.triu_indices(len(members), 1)
        cosine = scores[a, b]
        different = np.full(len(cosine), True)
        if people.names[group].startswith("FairFace"):  # the other sets know who is who
            different = cosine < SAME_PERSON
        self.excluded = members[a[~different]], members[b[~different]]
        self.a, self.b, self.cosine = members[a[different]], members[b[different]], cosine[different]


def balanced_thresholds(scores, rates):
    """The scores at which the rates of the groups, each weighing the same, average `rates`."""
    top = [np.sort(s)[-max(1, len(s) // 20):] for s in scores]
    weight = np.concatenate([np.full(len(t), 1 / len(s) / len(scores)) for t, s in zip(top, scores)])
    top = np.concatenate(top)
    order = np.argsort(-top, kind="stable")
    shares = np.cumsum(weight[order])
    return [top[order][np.searchsorted(shares, rate)] for rate in rates]


def fit(people, settings=SHIPPED, score=score):
    """The forms fitted on `people`, for comparisons that are scored by `score`."""
    regression = Regression(people, settings)
    groups = [g for g in range(len(people.names)) if (people.group == g).any()]
    targets = np.empty((len(people.vectors), 2))
    for g in groups:
        targets[people.members(g)] = strangers(people.vectors[people.members(g)])
    pairs = {g: Pairs(people, g) for g in groups}
    predicted = regression.solve(targets)
    for _ in range(settings.rounds):
        scores = {g: score(p.cosine, predicted[p.a], predicted[p.b]) for g, p in pairs.items()}
        thresholds = balanced_thresholds(list(scores.values()), settings.rates)
        slope = np.log(settings.rates[0] / settings.rates[1]) / (thresholds[1] - thresholds[0])  # of −ln FMR, a unit of score
        for g in groups:
            moves = []  # of the score at each threshold: the second follows the first but for what its own events say
            for threshold, rate in zip(thresholds, settings.rates):
                events = (scores[g] >= threshold).sum()
                excess = np.log((events + 0.5) / (rate * len(scores[g]) + 0.5)) / slope
                known = sum(moves[:1]) / DAMPING
                moves.append(sum(moves[:1]) + DAMPING * (excess - known) * events / (events + settings.prior_events))
            stretch = 1 - (moves[1] - moves[0]) / (thresholds[1] - thresholds[0])
            shift = (1 - stretch) * thresholds[0] - moves[0]
            mine = people.members(g)
            sigma = np.exp(targets[mine, 1]) / stretch
            targets[mine] = np.stack([targets[mine, 0] - shift * sigma, np.log(sigma)], 1)
        predicted = regression.solve(targets)
    return regression.forms()


def cross_fit(people, folds, progress, **how):
    """Forms that saw nobody of folds i and j, for each pair of folds; progress(done, of). `how`: as for fit()."""
    fold = np.array([templates.fold(person, folds) for person in people.people])
    pairs = list(itertools.combinations(range(folds), 2))
    found = {}
    for i, j in pairs:
        found[i, j] = found[j, i] = fit(people.subset((fold != i) & (fold != j)), **how)
        progress(len(found) // 2, len(pairs))
    return fold, found


def to_bytes(forms):
    """normalisation.bin, as docs/formats/model-pack-files.md has it."""
    parts = []
    for constant, linear, matrix in forms.parts:
        upper = matrix * (2 - np.eye(len(matrix)))  # x_i·x_j and x_j·x_i are one number in the file
        parts += [[constant], linear, upper[np.triu_indices(len(matrix))]]
    return np.concatenate(parts).astype("<f4").tobytes()


def read(pack):
    """The forms of the pack in directory `pack`."""
    document = json.loads((pathlib.Path(pack) / "normalisation.json").read_text())
    dimension = document["dimension"]
    values = np.fromfile(pathlib.Path(pack) / document["file"], "<f4").astype(np.float64)
    parts = []
    for part in values.reshape(2, -1):
        upper = np.zeros((dimension, dimension))
        upper[np.triu_indices(dimension)] = part[1 + dimension:]
        parts.append((part[0], part[1:1 + dimension], (upper + upper.T) / 2))
    ranges = [document["mu"], document["log_sigma"]]
    return Forms(parts, np.array([r["low"] for r in ranges]), np.array([r["high"] for r in ranges]))
