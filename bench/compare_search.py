#!/usr/bin/env python3
"""Exact search beside faiss-cpu and usearch, in one run, on the same templates, one thread each.

    bench/compare_search.py [--faces 1000000] [--dims 128 512] [--rounds 20] [--turns 3]

Needs build/visavis. Installs the pinned packages of scripts/pins/bench-search.txt into a venv in the cache at first use.
The engines take turns, so that a busy machine slows all of them; the medians over all turns and the least times
are printed as a Markdown table. All engines are asked for the 100 best rows without a threshold, one query at a
time. Answers are compared with IndexFlatIP's: an engine whose row sets differ by more than ties is marked.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("VISAVIS_CACHE")
                     or pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "visavis")
VENV = CACHE / "bench-search-venv"
PINS = ROOT / "scripts/pins/bench-search.txt"
MOST = 100
TIE = 2e-6  # float32 sums in different orders


def enter_venv():
    """Runs this script again inside the venv, which is made first where it is missing or older than its pins."""
    stamp = VENV / ".pins"
    if not stamp.exists() or stamp.read_text() != PINS.read_text():
        print("installing faiss-cpu and usearch", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "install", "--quiet", "--only-binary=:all:", "--require-hashes", "-r", PINS],
                       check=True)
        stamp.write_text(PINS.read_text())
    os.environ["OMP_NUM_THREADS"] = "1"
    os.execv(VENV / "bin/python", [str(VENV / "bin/python"), *sys.argv, "--inside"])


def templates(count, dimension, seed):
    """The geometry that src/match/synthetic.h describes: mean of norm 0.216, exponential spectrum, effective
    dimension 93, axes in general position."""
    import numpy

    random = numpy.random.default_rng(seed)
    axes = numpy.linalg.qr(numpy.random.default_rng(1).standard_normal((dimension, dimension)))[0]
    low, high = 1e-9, 2.0 * dimension
    for _ in range(100):
        rate = (low + high) / 2
        low, high = (rate, high) if dimension * 2 / rate * numpy.tanh(rate / 2) > 93 else (low, rate)
    variances = numpy.exp(-low * numpy.arange(dimension) / dimension)
    turn = (numpy.sqrt(variances / variances.sum())[:, None] * axes).astype("float32")
    mean = numpy.float32(0.216 / numpy.sqrt((1 - 0.216**2) * dimension))
    out = numpy.empty((count, dimension), "float32")
    for start in range(0, count, 50_000):
        part = random.standard_normal((min(50_000, count - start), dimension), "float32") @ turn + mean
        out[start:start + len(part)] = part / numpy.linalg.norm(part, axis=1, keepdims=True)
    return out


def timed(search, queries):
    times, keys, scores = [], [], []
    for query in queries:
        start = time.perf_counter()
        found_scores, found_keys = search(query[None, :])
        times.append(1e3 * (time.perf_counter() - start))
        keys.append(found_keys.ravel().tolist())
        scores.append(found_scores.ravel().tolist())
    return times, list(zip(keys, scores))


def visavis(folder, dimension, rounds):
    answers = folder / "answers"
    command = [ROOT / "build/visavis", "bench", "search", "--dim", dimension, "--rounds", rounds, "--threshold", -1,
               "--most", MOST, "--check", 1, "--faces-file", folder / "faces", "--queries-file", folder / "queries",
               "--answers", answers, "--json"]
    result = json.loads(subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE).stdout)
    found = []
    for line in answers.read_text().splitlines():
        pairs = [pair.split(":") for pair in line.split()]
        found.append(([int(key) for key, _ in pairs], [float(score) for _, score in pairs]))
    return result, found


def same_rows(found, expected):
    """Whether each answer holds the expected rows, leaving aside rows whose score ties with the last one."""
    for (keys, _), (wanted, scores) in zip(found, expected):
        sure = {key for key, score in zip(wanted, scores) if score > scores[-1] + TIE}
        if not sure <= set(keys):
            return False
    return True


def share(found, expected):
    hits = sum(len(set(a[0]) & set(b[0])) for a, b in zip(found, expected))
    return hits / sum(len(b[0]) for b in expected)


def median(values):
    return sorted(values)[len(values) // 2]


def compare(faces, dimension, rounds, turns):
    import faiss
    import usearch.index

    faiss.omp_set_num_threads(1)
    rows = templates(faces, dimension, 2)
    queries = templates(rounds, dimension, 3)
    flat = faiss.IndexFlatIP(dimension)
    flat.add(rows)
    quantised = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    quantised.train(rows[:100_000])
    quantised.add(rows)

    def by_usearch(query):
        found = usearch.index.search(rows, query, MOST, usearch.index.MetricKind.IP, exact=True, threads=1)
        return 1 - found.distances, found.keys

    engines = {
        "faiss IndexFlatIP": lambda query: flat.search(query, MOST),
        "faiss IndexScalarQuantizer, 8 bits": lambda query: quantised.search(query, MOST),
        "usearch, exact": by_usearch,
    }
    times = {name: [] for name in ["visavis", *engines]}
    least, figures, answers = [], [], {}
    with tempfile.TemporaryDirectory(prefix="compare-search-", dir=os.environ.get("TMPDIR")) as name:
        folder = pathlib.Path(name)
        rows.tofile(folder / "faces")
        queries.tofile(folder / "queries")
        for _ in range(turns):
            result, answers["visavis"] = visavis(folder, dimension, rounds)
            figures.append(result)
            times["visavis"].append(result["search_ms"]["median"])
            least.append(result["search_ms"]["least"])
            for engine, search in engines.items():
                taken, answers[engine] = timed(search, queries)
                times[engine].extend(taken)
    expected = answers["faiss IndexFlatIP"]
    ours, ours_least = median(times["visavis"]), min(least)
    print(f"\n{faces:,} x {dimension}, {rounds} queries x {turns} turns, {figures[0]['cpu']}, {figures[0]['kernel']}\n")
    print("| engine | median, ms | least, ms | times visavis's (median, least) | the 100 best rows |")
    print("| --- | --- | --- | --- | --- |")
    equal = True
    for engine, taken in times.items():
        fastest = ours_least if engine == "visavis" else min(taken)
        same = same_rows(answers[engine], expected)
        words = "equal" if same else f"{100 * share(answers[engine], expected):.1f} % of them"
        equal = equal and (same or "Quantizer" in engine)
        print(f"| {engine} | {median(taken):.2f} | {fastest:.2f} | {median(taken) / ours:.1f}, {fastest / ours_least:.1f} | {words} |")
    read = median([figure["read_ms"]["median"] for figure in figures])
    print(f"\nplain read of what visavis scans: median {read:.2f}, least {min(f['read_ms']['least'] for f in figures):.2f} ms; "
          f"eight queries at once: median {median([f['batch_of_8_ms']['median'] for f in figures]):.2f}, "
          f"least {min(f['batch_of_8_ms']['least'] for f in figures):.2f} ms", flush=True)
    return equal and all(figure["equal_to_float"] for figure in figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--dims", type=int, nargs="+", default=[128, 512])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        enter_venv()
    outcomes = [compare(options.faces, dimension, options.rounds, options.turns) for dimension in options.dims]
    sys.exit(0 if all(outcomes) else 1)


main()
