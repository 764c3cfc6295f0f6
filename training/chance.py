"""What worst/best chance alone would show, were all groups equal: a ratio of extremes is above 1 even then."""
import numpy as np

import bootstrap
import normalisation


def share(ratios, bar):
    return (np.array(ratios) >= bar).mean()


def recentred(groups, rate, draws, seed=2):
    """worst/best in each of `draws` resamples of people, each group at the threshold of its own at which its rate is
    `rate`: groups of these sizes, this dependence among pairs and equal rates."""
    random = np.random.default_rng(seed)
    count = 1 + max(int(g.people.max()) for g in groups)
    everyone = np.ones(count)
    for g in groups:
        g.draw(everyone)
    thresholds = [g.threshold(rate) for g in groups]
    ratios = []
    for _ in range(draws):
        weights = np.zeros(count)
        rates = []
        for g, threshold in zip(groups, thresholds):
            weights[g.people] = random.multinomial(len(g.people), np.full(len(g.people), 1 / len(g.people)))
            g.draw(weights)
            rates.append(g.rate(threshold))
        ratios.append(max(rates) / min(rates))
    for g in groups:
        g.draw(everyone)
    return ratios


def partitioned(vectors, members, sizes, score_pairs, rate, draws, seed=3):
    """worst/best among groups of `sizes` drawn at random, without replacement, from one population: people that
    differ in nothing but chance. score_pairs(cosine, a, b): of people's numbers."""
    random = np.random.default_rng(seed)
    ratios = []
    for _ in range(draws):
        drawn = random.permutation(members)
        groups = []
        for size in sizes:
            people, drawn = drawn[:size], drawn[size:]
            a, b = np.triu_indices(size, 1)
            cosine = (vectors[people] @ vectors[people].T)[a, b]
            different = cosine < normalisation.SAME_PERSON
            a, b, cosine = a[different], b[different], cosine[different]
            scores = score_pairs(cosine, people[a], people[b])
            group = bootstrap.Group(people, (a, b), scores, (a[:0], b[:0]))
            group.counts = np.arange(len(group.scores) + 1)
            group.pairs = len(scores)
            groups.append(group)
        threshold = bootstrap.pooled_threshold(groups, rate)
        rates = [g.rate(threshold) for g in groups]
        ratios.append(max(rates) / min(rates))
    return ratios
