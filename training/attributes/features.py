"""From photographs to the numbers that the attribute heads are trained on, through the same networks and crops as
src/face: YuNet finds the face, a similarity transform aligns it, SFace's layers before the embedding are averaged over
quadrants (conv_12_relu, conv_14_relu) or over the whole map (conv_13_relu)."""

import pathlib

import cv2
import numpy as np
import openvino

LAYERS = {"conv_12_relu": 2, "conv_13_relu": 1, "conv_14_relu": 2}  # name: cells a side
LENGTH = 512 * 4 + 1024 + 1024 * 4

# Where the five landmarks lie in the 112×112 crop (src/face/geometry.cpp).
PLACES = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])

core = openvino.Core()
core.set_property("CPU", {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1})


class Detector:
    """The face nearest the middle of a picture: landmarks (5×2) and box (x, y, width, height), pixels; None if there is
    none."""

    def __init__(self, pack: pathlib.Path):
        self.file = str(pack / "yunet-folded.onnx")
        self.compiled = {}

    def __call__(self, picture):
        scale = min(1.0, 640 / max(picture.shape[:2]))
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = ((side + 31) // 32 * 32 for side in picture.shape[:2])
        if (height, width) not in self.compiled:
            model = core.read_model(self.file)
            model.reshape([1, 3, height, width])
            self.compiled[height, width] = core.compile_model(model, "CPU")
        values = np.zeros((1, 3, height, width), np.float32)
        values[0, :, : picture.shape[0], : picture.shape[1]] = picture.transpose(2, 0, 1)
        out = self.compiled[height, width](values)
        found = []
        for stride in (8, 16, 32):
            scores = np.sqrt(np.clip(out[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(out[f"obj_{stride}"][0, :, 0], 0, 1))
            for i in np.flatnonzero(scores >= 0.6):
                cell = np.array([i % (width // stride), i // (width // stride)])
                box = out[f"bbox_{stride}"][0, i]
                size = np.exp(box[2:]) * stride
                corner = (cell + box[:2]) * stride - size / 2
                points = (cell + out[f"kps_{stride}"][0, i].reshape(5, 2)) * stride
                found.append((scores[i], points / scale, np.concatenate([corner, size]) / scale))
        kept = []
        for face in sorted(found, key=lambda face: -face[0]):
            if all(overlap(face[2], better[2]) <= 0.3 for better in kept):
                kept.append(face)
        if not kept:
            return None
        middle = np.array(picture.shape[1::-1]) / scale / 2
        _, points, box = min(kept, key=lambda face: np.linalg.norm(face[2][:2] + face[2][2:] / 2 - middle))
        return points, box


def overlap(a, b):
    """Intersection over union of two boxes."""
    corner = np.maximum(a[:2], b[:2])
    both = np.prod(np.maximum(np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - corner, 0))
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def crop(picture, landmarks):
    """The aligned 112×112 crop, B G R."""
    p = landmarks - landmarks.mean(0)
    q = PLACES - PLACES.mean(0)
    norm = (p**2).sum()
    a = (p * q).sum() / norm
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / norm
    turn = np.array([[a, -b], [b, a]])
    shift = PLACES.mean(0) - turn @ landmarks.mean(0)
    return cv2.warpAffine(picture, np.column_stack([turn, shift]), (112, 112))


class Features:
    """LENGTH numbers of a crop."""

    def __init__(self, pack: pathlib.Path, network="sface.onnx"):
        """The head is trained over sface.onnx; what the program runs is sface-int8.onnx."""
        model = core.read_model(str(pack / network))
        model.add_outputs(list(LAYERS))
        self.network = core.compile_model(model, "CPU")

    def __call__(self, aligned):
        """The features, and the unit-norm template."""
        out = self.network(np.ascontiguousarray(aligned[:, :, ::-1].transpose(2, 0, 1))[None].astype(np.float32))
        parts = []
        for name, cells in LAYERS.items():
            values = out[name][0]
            side = values.shape[1] // cells
            values = values[:, : side * cells, : side * cells].reshape(len(values), cells, side, cells, side)
            parts.append(values.mean((2, 4)).ravel())
        template = out["fc1"][0]
        return np.concatenate(parts), template / np.linalg.norm(template)
