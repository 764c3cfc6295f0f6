"""turned.py DATA PACK VISAVIS OUT.json: how well Pose is told of heads that are turned further than any labelled
photograph. The face of frontal portraits is warped onto its own mesh, the mesh is turned by a known angle and drawn
triangle by triangle, far ones first, over the blurred portrait. On every other portrait the factor is fitted by which the
mesh's own yaw is too small (kYawPerMeshYaw in src/face/mesh.cpp); of the others, the program is asked for the Pose of what
comes out. What it ought to say are the axes of the portrait's own answer, turned by the same angle. Hair and ears do not
turn, and what the camera did not see cannot be drawn: beyond 45 degrees little of a face is left."""

import json
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
from features import Detector
from states import Geometry, square

TURNS = [(yaw, 0) for yaw in (-45, -30, -15, 0, 15, 30, 45)] + [(0, pitch) for pitch in (-30, -20, -10, 10, 20, 30)]
PORTRAITS = 24


class Solid(Geometry):
    def points(self, picture, landmarks):
        """468 points, pixels, with depth away from the camera at the same scale."""
        eyes, mouth = landmarks[:2].mean(0), landmarks[3:].mean(0)
        roll = np.arctan2(*(landmarks[1] - landmarks[0])[::-1])
        size = np.hypot(np.linalg.norm(landmarks[1] - landmarks[0]), np.linalg.norm(mouth - eyes))
        turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        to_crop = square(landmarks.mean(0) + size * turn @ [0.017, -0.054], 2.71 * size, roll, 192)
        crop = cv2.warpAffine(picture, to_crop, (192, 192))[:, :, ::-1].astype(np.float32) / 255
        raw = self.mesh(crop[None])[0].reshape(468, 3)
        back = np.linalg.inv(np.vstack([to_crop, [0, 0, 1]]))
        return np.column_stack([raw[:, :2] @ back[:2, :2].T + back[:2, 2], raw[:, 2] * 2.71 * size / 192])


def turning(yaw, pitch):
    """The rotation of x right, y down, z away: yaw > 0 takes the nose to the right, pitch > 0 upwards."""
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    return about_y @ about_x


def axes_of(pose):
    """The face's right and down, as src/face/mesh.cpp's pose() reads them back; rolled about the view."""
    roll, yaw, pitch = np.radians(pose)
    right = [np.cos(yaw) * np.cos(roll), np.cos(yaw) * np.sin(roll), np.sin(yaw)]
    down = [-np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll), -np.sin(pitch)]
    return np.array([right, down])


def pose_of(axes):
    right, down = axes
    return np.degrees([np.arctan2(right[1], right[0]), np.arctan2(right[2], np.hypot(*right[:2])),
                       np.arctan2(-down[2], np.hypot(*down[:2]))])


def triangles(points):
    """Delaunay's, over the points as the camera sees them."""
    x, y, width, height = cv2.boundingRect(points[:, :2].astype(np.float32))
    mesh = cv2.Subdiv2D((x - 2, y - 2, width + 4, height + 4))
    for point in points[:, :2]:
        mesh.insert((float(point[0]), float(point[1])))
    found = []
    for corners in mesh.getTriangleList().reshape(-1, 3, 2):
        apart = np.linalg.norm(points[None, :, :2] - corners[:, None], axis=2)
        if apart.min(1).max() < 0.5:
            found.append(apart.argmin(1))
    return np.array(found)


def side(corners):
    """Twice the triangle's area; its sign says from which side it is seen."""
    a, b = corners[1] - corners[0], corners[2] - corners[0]
    return float(a[0]) * float(b[1]) - float(a[1]) * float(b[0])


def drawn(picture, points, faces, turn):
    """The face of the picture, turned about the middle of the head."""
    middle = points.mean(0) + [0, 0, 0.5 * np.ptp(points[:, 0])]
    there = (points - middle) @ turn.T + middle
    out = cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / 40)
    for face in sorted(faces, key=lambda face: -there[face, 2].mean()):
        source, target = points[face, :2].astype(np.float32), there[face, :2].astype(np.float32)
        if side(source) * side(target) <= 0:
            continue  # seen from behind
        x, y, width, height = cv2.boundingRect(target)
        x2, y2 = min(x + width + 1, out.shape[1]), min(y + height + 1, out.shape[0])
        x, y = max(x, 0), max(y, 0)
        if x2 <= x or y2 <= y:
            continue
        to_target = cv2.getAffineTransform(source, target - np.float32([x, y]))
        part = cv2.warpAffine(picture, to_target, (x2 - x, y2 - y), borderMode=cv2.BORDER_REFLECT)
        mask = np.zeros((y2 - y, x2 - x), np.uint8)
        cv2.fillConvexPoly(mask, np.round((target - [x, y]) * 16).astype(np.int32), 1, shift=4)
        mask = cv2.dilate(mask, np.ones((2, 2), np.uint8))
        out[y:y2, x:x2][mask > 0] = part[mask > 0]
    return out


def said(visavis, files):
    """(roll, yaw, pitch) of the largest face of each file; None without one."""
    done = subprocess.run([visavis, "detect", "--json", "--attributes", "ALL", *files], capture_output=True, text=True)
    if done.returncode > 1:  # 1: a picture without a face
        done.check_returncode()
    poses = []
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        faces = answer.get("Answer", answer)["FaceDetails"]  # of several files each answer names its own
        poses.append([faces[0]["Pose"][name] for name in ("Roll", "Yaw", "Pitch")] if faces else None)
    return poses


def mesh_yaw(points):
    """Degrees, as the mesh's eye corners lie in depth."""
    across = points[263] - points[33]
    return float(np.degrees(np.arctan2(across[2], np.hypot(*across[:2]))))


def yaw_factor(files, detect, solid):
    """Degrees of turn a degree of the mesh's yaw, by least squares over heads turned to the side, and how many."""
    seen, turned = [], []
    for file in files:
        picture = cv2.imread(str(file))
        points = solid.points(picture, detect(picture)[0])
        faces = triangles(points)
        for yaw in [yaw for yaw, pitch in TURNS if yaw != 0]:
            there = drawn(picture, points, faces, turning(yaw, 0))
            face = detect(there)
            if face is not None:
                seen.append(mesh_yaw(solid.points(there, face[0])) - mesh_yaw(points))
                turned.append(yaw)
    return float(np.dot(seen, turned) / np.dot(seen, seen)), len(seen)


def main():
    data, pack = map(pathlib.Path, sys.argv[1:3])
    visavis, out = sys.argv[3:]
    files = sorted((data / "congress/115th").glob("*.jpg"))
    files = files[:: len(files) // PORTRAITS][:PORTRAITS]
    detect, solid = Detector(pack), Solid(pack)
    factor, fitted = yaw_factor(files[::2], detect, solid)
    files = files[1::2]
    errors = {turn: [] for turn in TURNS}
    lost = {turn: 0 for turn in TURNS}
    with tempfile.TemporaryDirectory() as folder:
        wanted, pictures = [], []
        for number, (file, pose) in enumerate(zip(files, said(visavis, map(str, files)), strict=True)):
            picture = cv2.imread(str(file))
            points = solid.points(picture, detect(picture)[0])
            faces = triangles(points)
            for turn in TURNS:
                pictures.append(f"{folder}/{number}_{turn[0]}_{turn[1]}.png")
                cv2.imwrite(pictures[-1], drawn(picture, points, faces, turning(*turn)))
                wanted.append((turn, pose_of(axes_of(pose) @ turning(*turn).T)))
        for (turn, pose), answer in zip(wanted, said(visavis, pictures), strict=True):
            if answer is None:
                lost[turn] += 1
            else:
                errors[turn].append([float(value) for value in np.array(answer) - pose])
    result = {"yaw_factor": round(factor, 3), "fitted_on": fitted, "portraits": len(files), "turns": [
        {"yaw": yaw, "pitch": pitch, "found": len(errors[yaw, pitch]), "not_found": lost[yaw, pitch],
         "mean_absolute_error": [round(float(e), 2) for e in np.abs(errors[yaw, pitch]).mean(0)] if errors[yaw, pitch] else None,
         "bias": [round(float(e), 2) for e in np.mean(errors[yaw, pitch], 0)] if errors[yaw, pitch] else None}
        for yaw, pitch in TURNS]}
    pathlib.Path(out).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
