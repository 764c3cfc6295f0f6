"""embedder_ranges.py DATA PACK OUT.json: between which values the inputs of SFace's layers lie, for scripts/quantise.py.

From FACES faces of FairFace whose people do not report (templates.reports, attributes/held_out.csv): of each face the
1/10,000 and 9,999/10,000 quantile of each tensor, of those over all faces the lowest and highest twentieth. What lies
outside is clipped: of the ranges tried (extremes, least squared error, these) these moved templates least. conv_2 stays
in bf16: it has the largest share of the error and nothing to gain. Same input, same values; a minute on one core."""

import csv
import hashlib
import pathlib
import sys

import cv2
import numpy as np

import templates

sys.path.insert(0, str(pathlib.Path(__file__).parent / "attributes"))
from features import Detector, core, crop  # noqa: E402

FACES = 400
TENSORS = [f"conv_{i}_dw_relu" for i in range(3, 15)] + ["flatten_254"]


def pictures(data):
    """Files of people who do not report, in an order that says nothing."""
    held_out = {row["file"] for row in csv.DictReader((pathlib.Path(__file__).parent / "attributes/held_out.csv").open())}
    files = [row["file"] for row in csv.DictReader((data / "fairface/labels.csv").open())]
    files = [file for file in files if file not in held_out and not templates.reports(file)]
    return sorted(files, key=lambda file: hashlib.sha256(file.encode()).digest())


def main():
    data, pack, out = map(pathlib.Path, sys.argv[1:])
    model = core.read_model(str(pack / "sface.onnx"))
    model.add_outputs(TENSORS)
    network = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    detect = Detector(pack)
    quantiles = []
    for file in pictures(data):
        picture = cv2.imread(str(data / file))
        face = detect(picture)
        if face is None:
            continue
        aligned = crop(picture, face[0])
        values = network(np.ascontiguousarray(aligned[:, :, ::-1].transpose(2, 0, 1))[None].astype(np.float32))
        quantiles.append([np.quantile(values[name], [1e-4, 1 - 1e-4]) for name in TENSORS])
        if len(quantiles) == FACES:
            break
    quantiles = np.array(quantiles)  # faces × tensors × (low, high)
    low, high = np.quantile(quantiles[:, :, 0], 0.05, axis=0), np.quantile(quantiles[:, :, 1], 0.95, axis=0)
    lines = ",\n".join(f'  "{name}": [{a:.2f}, {b:.2f}]' for name, a, b in zip(TENSORS, low, high))
    out.write_text(f'''{{
 "made_by": "training/embedder_ranges.py",
 "data": "FairFace, {len(quantiles)} faces of people who do not report",
 "ranges": {{
{lines}
 }}
}}
''')


if __name__ == "__main__":
    main()
