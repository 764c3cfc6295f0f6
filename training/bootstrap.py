"""False match rates of groups and true match rates at one threshold, with intervals that resample people."""
import numpy as np

KEPT = 0.02  # share of a group's pairs whose scores are kept: enough for thresholds at 1e-3 of any group


class Group:
    """Pairs of different people of one group."""

    def __init__(self, people, pairs, scores, excluded, kept=KEPT):
        """people: numbers of the members; pairs (a, b), excluded (a, b): positions in `people`. No rate above `kept` is told."""
        self.people, self.excluded = people, excluded
        keep = max(1, int(kept * len(scores)))
        top = np.argpartition(-scores, keep - 1)[:keep]
        top = top[np.argsort(-scores[top], kind="stable")]
        self.a, self.b, self.scores = pairs[0][top], pairs[1][top], scores[top]
        self.negated = -self.scores  # ascending, for searches

    def draw(self, weights):
        """Cumulated share of pairs at or above each kept score, when person p counts weights[p] times."""
        w = weights[self.people]
        pairs = (w.sum() ** 2 - (w ** 2).sum()) / 2 - (w[self.excluded[0]] * w[self.excluded[1]]).sum()
        self.pairs = pairs
        self.counts = np.concatenate([[0], np.cumsum(w[self.a] * w[self.b])])

    def events(self, threshold):
        return self.counts[np.searchsorted(self.negated, -threshold, side="right")]

    def rate(self, threshold):
        """With half an event more, so that no ratio divides by nothing."""
        return (self.events(threshold) + 0.5) / self.pairs

    def threshold(self, rate):
        """The lowest score that at most `rate` of the pairs reach."""
        end = np.searchsorted(self.counts[1:], rate * self.pairs, side="right")
        return self.scores[min(end, len(self.scores) - 1)] + 1e-9


def pooled_threshold(groups, rate):
    """The lowest score at which the rates of `groups`, each weighing the same, average at most `rate`."""
    low = min(g.threshold(KEPT / 2) for g in groups)
    high = max(g.scores[0] for g in groups) + 1e-6
    for _ in range(30):
        middle = (low + high) / 2
        mean = np.mean([g.events(middle) / g.pairs for g in groups])
        low, high = (middle, high) if mean > rate else (low, middle)
    return high


class Mated:
    """Pairs of one person."""

    def __init__(self, people, scores):
        self.people, self.scores = people, scores

    def draw(self, weights):
        self.weights = weights[self.people]

    def tar(self, threshold):
        return (self.weights * (self.scores >= threshold)).sum() / self.weights.sum()


def with_intervals(people_by_group, parts, measure, resamples, seed=1):
    """measure() -> {name: number}, after every part's draw(). Returns {name: (value, low, high)}: the value with each
    person once, the interval from drawing each group's people with replacement."""
    count = 1 + max(int(people.max()) for people in people_by_group)
    weights = np.ones(count)
    for part in parts:
        part.draw(weights)
    value = measure()
    random = np.random.default_rng(seed)
    drawn = {name: [] for name in value}
    for _ in range(resamples):
        weights = np.zeros(count)
        for people in people_by_group:
            weights[people] = random.multinomial(len(people), np.full(len(people), 1 / len(people)))
        for part in parts:
            part.draw(weights)
        for name, number in measure().items():
            drawn[name].append(number)
    return {name: (value[name], *np.percentile(drawn[name], [2.5, 97.5])) for name in value}
