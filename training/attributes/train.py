"""train.py DATA FEATURES.npz OUT_DIR: one hidden layer over the features, for gender, age band and expression; writes
attributes.onnx (input `features`; outputs `female` probability, `age` and `expression` distributions) and
attributes.json (what it was measured on). Same input, same bytes.

People are split, not pictures: faces whose templates reach cosine 0.62 count as one person. 60 % train, 15 % calibrate,
25 % report. Expression labels are a teacher network's, not people's."""

import csv
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BANDS = ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70"]
CENTRES = np.array([1.5, 6.5, 15, 25, 35, 45, 55, 65, 75])
EXPRESSIONS = 7
HIDDEN, EPOCHS, BATCH, DROPPED, DECAY, RATE = 48, 20, 128, np.float32(0.3), 0.03, 1e-3
CLIP = 4.0  # standard deviations


def softmax(scores):
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def people(templates, found):
    """A number for each person."""
    parent = np.arange(len(templates))

    def root(a):
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        return a

    for start in range(0, len(templates), 1000):
        rows, columns = np.where(templates[start : start + 1000] @ templates.T > 0.62)
        for a, b in zip(rows + start, columns):
            if a < b and found[a] and found[b]:
                parent[root(a)] = root(b)
    return np.array([root(a) for a in range(len(templates))])


class Net:
    def __init__(self, inputs, outputs, generator):
        self.w1 = (generator.standard_normal((inputs, HIDDEN)) / np.sqrt(inputs)).astype(np.float32)
        self.b1 = np.zeros(HIDDEN, np.float32)
        self.w2 = (generator.standard_normal((HIDDEN, outputs)) / np.sqrt(HIDDEN)).astype(np.float32)
        self.b2 = np.zeros(outputs, np.float32)

    def __call__(self, x):
        return np.maximum(x @ self.w1 + self.b1, 0) @ self.w2 + self.b2


def train(upright, mirrored, has_mirror, rows, female, band, taught, has_teacher, generator):
    net = Net(upright.shape[1], 1 + len(BANDS) + EXPRESSIONS, generator)
    weights = [net.w1, net.b1, net.w2, net.b2]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    near = np.exp(-np.abs(np.arange(len(BANDS))[None] - band[:, None]) * 1.5)  # neighbouring bands are half right
    near /= near.sum(1, keepdims=True)
    rows = rows.copy()
    step = 0
    for epoch in range(EPOCHS):
        generator.shuffle(rows)
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            pick = rows[start : start + BATCH]
            x = upright[pick].copy()
            flip = has_mirror[pick] & (generator.random(BATCH) < 0.5)
            x[flip] = mirrored[pick[flip]]
            x *= (generator.random(x.shape, dtype=np.float32) > DROPPED) / (1 - DROPPED)
            hidden = np.maximum(x @ net.w1 + net.b1, 0)
            mask = ((generator.random(hidden.shape) > 0.2) / 0.8).astype(np.float32)
            out = hidden * mask @ net.w2 + net.b2
            gender = (1 / (1 + np.exp(-out[:, :1])) - (female[pick, None] * 0.94 + 0.03)) * 2
            age = softmax(out[:, 1 : 1 + len(BANDS)]) - near[pick]
            expression = (softmax(out[:, 1 + len(BANDS) :]) - taught[pick]) * has_teacher[pick, None]
            slope = np.concatenate([gender, age, expression], 1).astype(np.float32) / BATCH
            back = (slope @ net.w2.T) * mask * (hidden > 0)
            slopes = [x.T @ back, back.sum(0), (hidden * mask).T @ slope, slope.sum(0)]
            step += 1
            for w, g, m, v in zip(weights, slopes, first, second):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                w -= rate * (m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8) + DECAY * w)
        print(f"\repoch {epoch + 1} of {EPOCHS}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return net


def temperature(loss):
    """The divisor of the scores with the least loss: calibration with one number (Guo et al. 2017)."""
    return float(min(np.geomspace(0.3, 4, 60), key=loss))


def to_onnx(net, mean, spread, temperatures, path):
    """Standardisation is folded into the first layer as far as the clipping allows: x → clip((x − mean)/spread)."""
    half = lambda array: array.astype(np.float16)
    constants = {"mean": mean, "spread": spread, "w1": half(net.w1), "b1": net.b1, "w2": net.w2, "b2": net.b2,
                 "low": np.float32(-CLIP), "high": np.float32(CLIP), "split": np.array([1, len(BANDS), EXPRESSIONS])}
    constants |= {f"t{i}": np.float32(t) for i, t in enumerate(temperatures)}
    nodes = [("Sub", ["features", "mean"], ["centred"]), ("Div", ["centred", "spread"], ["scaled"]),
             ("Clip", ["scaled", "low", "high"], ["clipped"]), ("Cast", ["w1"], ["w1f"]),
             ("MatMul", ["clipped", "w1f"], ["m1"]), ("Add", ["m1", "b1"], ["a1"]), ("Relu", ["a1"], ["hidden"]),
             ("MatMul", ["hidden", "w2"], ["m2"]), ("Add", ["m2", "b2"], ["scores"]),
             ("Split", ["scores", "split"], ["s0", "s1", "s2"]), ("Div", ["s0", "t0"], ["d0"]), ("Div", ["s1", "t1"], ["d1"]),
             ("Div", ["s2", "t2"], ["d2"]), ("Sigmoid", ["d0"], ["female"]), ("Softmax", ["d1"], ["age"]),
             ("Softmax", ["d2"], ["expression"])]
    attributes = {"Cast": {"to": TensorProto.FLOAT}, "Split": {"axis": 1}, "Softmax": {"axis": 1}}
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, outputs, **attributes.get(kind, {})) for kind, inputs, outputs in nodes], "attributes",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, len(mean)])],
        [helper.make_tensor_value_info("female", TensorProto.FLOAT, [1, 1]),
         helper.make_tensor_value_info("age", TensorProto.FLOAT, [1, len(BANDS)]),
         helper.make_tensor_value_info("expression", TensorProto.FLOAT, [1, EXPRESSIONS])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="visavis")
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def main():
    data, features, out = sys.argv[1:]
    table = list(csv.DictReader((pathlib.Path(data) / "fairface/labels.csv").open()))
    loaded = np.load(features)
    found = loaded["found"]
    female = np.array([row["gender"] in ("F", "Female") for row in table])
    band = np.array([BANDS.index(row["age"]) for row in table])
    race = np.array([row["race"] for row in table])
    has_teacher = np.isfinite(loaded["expressions"][:, 0])
    taught = np.nan_to_num(softmax(loaded["expressions"]))

    share = np.random.default_rng(7).random(len(table))[people(loaded["templates"], found)]
    training, calibration, report = found & (share < 0.6), found & (share >= 0.6) & (share < 0.75), found & (share >= 0.75)
    upright = loaded["upright"].astype(np.float32)
    mean, spread = upright[training].mean(0), upright[training].std(0) + np.float32(1e-3)
    standard = lambda values: np.clip((values - mean) / spread, -CLIP, CLIP)
    upright = standard(upright)
    net = train(upright, standard(loaded["mirrored"].astype(np.float32)), has_teacher, np.flatnonzero(training), female, band,
                taught, has_teacher, np.random.default_rng(0))
    net.w1 = net.w1.astype(np.float16).astype(np.float32)  # as it ships

    scores = net(upright)
    g, a, e = scores[:, 0], scores[:, 1 : 1 + len(BANDS)], scores[:, 1 + len(BANDS) :]
    adult = band >= 3
    c, ct = calibration & adult, calibration & has_teacher
    t = [temperature(lambda t: np.logaddexp(0, -np.where(female, g, -g)[c] / t).mean()),
         temperature(lambda t: -np.log(softmax(a[calibration] / t)[np.arange(calibration.sum()), band[calibration]] + 1e-9).mean()),
         temperature(lambda t: -(taught[ct] * np.log(softmax(e[ct] / t) + 1e-9)).sum(1).mean())]
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    to_onnx(net, mean, spread, t, pathlib.Path(out) / "attributes.onnx")

    wrong = (g > 0) != female
    ages = softmax(a / t[1])
    median = CENTRES[(np.cumsum(ages, 1) >= 0.5).argmax(1)]
    rate = lambda errors, chosen: {"errors": int(errors[chosen].sum()), "faces": int(chosen.sum())}
    pathlib.Path(out, "attributes.json").write_text(json.dumps({
        "data": "FairFace, 14,000 crops, 1,000 for each of 7 race groups x 2 genders; labels are annotators' perception",
        "split": {"by": "person (cosine 0.62)", "training": int(training.sum()), "calibration": int(calibration.sum()),
                  "report": int(report.sum())},
        "temperatures": t,
        "gender_adults": rate(wrong, report & adult),
        "gender_adults_by_group": {f"{r} {s}": rate(wrong, report & adult & (race == r) & (female == (s == "F")))
                                   for r in sorted(set(race)) for s in "FM"},
        "gender_by_age": {name: rate(wrong, report & (band == i)) for i, name in enumerate(BANDS)},
        "age_mean_absolute_error_years": float(np.abs(median - CENTRES[band])[report].mean()),
        "expression_agreement_with_teacher": rate(e.argmax(1) != taught.argmax(1), report & has_teacher)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
