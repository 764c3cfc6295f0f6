"""states.py DATA PACK OUT.json: three logistic regressions from the geometry of MediaPipe's mesh and eye contours to
"eyes open", "mouth open" and "smile", fitted on states.csv (192 FairFace faces of people that train.py's training split
does not hold; looked at by one person, unsure cases left blank). What it reports is cross-validated by face (five folds).
The measures are those of src/face/states.cpp."""

import csv
import json
import pathlib
import sys

import cv2
import numpy as np
from features import Detector, core
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

MEASURES = {"eyes_open": ["lids", "contour"], "mouth_open": ["gap", "width"], "smile": ["width", "corner", "corner_inner", "gap"]}


def square(centre, side, roll, size):
    """The similarity transform from a rotated square of the picture to size×size pixels."""
    scale = size / side
    turn = scale * np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return np.column_stack([turn, size / 2 - turn @ centre])


class Geometry:
    def __init__(self, pack):
        self.mesh = core.compile_model(core.read_model(str(pack / "face_landmark.tflite")), "CPU")
        self.iris = core.compile_model(core.read_model(str(pack / "iris_landmark.tflite")), "CPU")

    def points(self, picture, landmarks):
        """468 points, pixels."""
        eyes, mouth = landmarks[:2].mean(0), landmarks[3:].mean(0)
        roll = np.arctan2(*(landmarks[1] - landmarks[0])[::-1])
        size = np.hypot(np.linalg.norm(landmarks[1] - landmarks[0]), np.linalg.norm(mouth - eyes))
        turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        to_crop = square(landmarks.mean(0) + size * turn @ [0.017, -0.054], 2.71 * size, roll, 192)
        crop = cv2.warpAffine(picture, to_crop, (192, 192))[:, :, ::-1].astype(np.float32) / 255
        raw = self.mesh(crop[None])[0].reshape(468, 3)[:, :2]
        back = np.linalg.inv(np.vstack([to_crop, [0, 0, 1]]))
        return raw @ back[:2, :2].T + back[:2, 2]

    def contour(self, picture, outer, inner, flipped):
        """Height of the lids' opening as a share of the eye's width, from the iris network's contour."""
        side = max(2.3 * np.linalg.norm(inner - outer), 4)
        roll = np.arctan2(*(inner - outer)[::-1])
        eye = cv2.warpAffine(picture, square((outer + inner) / 2, side, roll, 64), (64, 64))
        eye = eye[:, ::-1] if flipped else eye
        lids = self.iris(np.ascontiguousarray(eye[:, :, ::-1]).astype(np.float32)[None] / 255)
        lids = lids["output_eyes_contours_and_brows"].reshape(71, 3)[:16, :2]
        return (lids[1:8, 1].mean() - lids[9:16, 1].mean()) / np.linalg.norm(lids[0] - lids[8])

    def __call__(self, picture, landmarks):
        p = self.points(picture, landmarks)
        apart = lambda a, b: np.linalg.norm(p[a] - p[b])
        eyes = np.linalg.norm((p[33] + p[133] - p[263] - p[362]) / 2)
        axis = (p[263] + p[362] - p[33] - p[133]) / 2 / eyes
        down = lambda a: (p[a] @ [-axis[1], axis[0]]) / eyes  # along the face's own vertical
        return {
            "lids": ((apart(159, 145) + apart(158, 153) + apart(160, 144)) / apart(33, 133)
                     + (apart(386, 374) + apart(385, 380) + apart(387, 373)) / apart(362, 263)) / 6,
            "contour": (self.contour(picture, p[33], p[133], False) + self.contour(picture, p[362], p[263], True)) / 2,
            "gap": (apart(13, 14) + apart(82, 87) + apart(312, 317)) / 3 / eyes,
            "width": apart(61, 291) / eyes,
            "corner": (down(61) + down(291)) / 2 - (down(0) + down(17)) / 2,
            "corner_inner": (down(61) + down(291)) / 2 - down(13),
        }


def main():
    data, pack, out = (pathlib.Path(argument) for argument in sys.argv[1:])
    labels = list(csv.DictReader(open(pathlib.Path(__file__).parent / "states.csv")))
    detect, geometry = Detector(pack), Geometry(pack)
    measured = []
    for row in labels:
        picture = cv2.imread(str(data / row["file"]))
        measured.append(geometry(picture, detect(picture)[0]))
    result = {}
    for state, names in MEASURES.items():
        known = [i for i, row in enumerate(labels) if row[state]]
        x = np.array([[measured[i][name] for name in names] for i in known])
        y = np.array([labels[i][state] == "1" for i in known])
        model = LogisticRegression(C=100)
        said = cross_val_predict(model, x, y, cv=5, method="predict_proba")[:, 1]
        model.fit(x, y)
        yes = said >= 0.5
        sure = np.maximum(said, 1 - said) >= 0.9
        result[state] = {
            "measures": names, "weights": [round(float(w), 4) for w in model.coef_[0]], "bias": round(float(model.intercept_[0]), 4),
            "faces": len(y), "true": int(y.sum()), "right": int((yes == y).sum()), "said_true": int(yes.sum()),
            "said_true_right": int((yes & y).sum()), "said_with_90": int(sure.sum()), "said_with_90_right": int((sure & (yes == y)).sum())}
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
