#!/usr/bin/env python3
"""The same work side by side: `visavis bench pipeline` and OpenCV's own YuNet and SFace, one thread each.

    bench/compare_opencv.py [--image FILE] [--rounds 100] [--turns 3] [--json]

Needs build/visavis and the packages of scripts/pins/bench.txt (it makes a virtual environment in the cache and starts
itself again there). OpenCV gets the very files of the default pack, decodes the whole JPEG, detects on it
reduced to 640 pixels, aligns and embeds from the whole picture. The two take turns, so that both meet the same
machine; each turn's median is printed, and the ratio of the medians of all turns.

Without --image it makes one of 1280 x 720 pixels with one face from the first portrait of ../shared/data/congress."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(
    os.environ.get("VISAVIS_CACHE")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "visavis"
)


def in_environment():
    venv = CACHE / "bench-venv"
    python = venv / "bin" / "python"
    if pathlib.Path(sys.prefix) == venv:
        return
    if not (venv / ".done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pins = ROOT / "scripts" / "pins" / "bench.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", pins], check=True)
        (venv / ".done").touch()
    os.execv(python, [python, *sys.argv])


def make_picture(path):
    import cv2

    portraits = sorted((ROOT.parent / "shared" / "data" / "congress" / "115th").glob("*.jpg"))
    if not portraits:
        sys.exit("error: no portraits in ../shared/data/congress; give --image")
    face = cv2.resize(cv2.imread(str(portraits[0])), (720, 720), interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(face, 0, 0, 280, 280, cv2.BORDER_REFLECT)
    blurred = cv2.GaussianBlur(wide, (0, 0), 12)
    blurred[:, 280:1000] = face
    cv2.imwrite(str(path), blurred, [cv2.IMWRITE_JPEG_QUALITY, 92])


class OpenCv:
    def __init__(self):
        import cv2
        import numpy

        self.cv2, self.numpy = cv2, numpy
        cv2.setNumThreads(1)
        models = CACHE / "packs" / "default"
        self.detector = cv2.FaceDetectorYN.create(
            str(models / "yunet-folded.onnx"), "", (640, 360), 0.6, 0.3, 5000
        )
        self.embedder = cv2.FaceRecognizerSF.create(str(models / "sface.onnx"), "")

    def once(self, data):
        start = time.perf_counter()
        picture = self.cv2.imdecode(self.numpy.frombuffer(data, self.numpy.uint8), self.cv2.IMREAD_COLOR)
        height, width = picture.shape[:2]
        scale = min(1.0, 640 / max(height, width))
        size = (round(width * scale), round(height * scale))
        reduced = self.cv2.resize(picture, size, interpolation=self.cv2.INTER_AREA) if scale < 1 else picture
        self.detector.setInputSize(size)
        _, faces = self.detector.detect(reduced)
        for face in [] if faces is None else faces:
            face[:14] /= scale
            self.embedder.feature(self.embedder.alignCrop(picture, face))
        return (time.perf_counter() - start) * 1000, 0 if faces is None else len(faces)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    in_environment()

    with tempfile.TemporaryDirectory() as scratch:
        image = arguments.image
        if image is None:
            image = pathlib.Path(scratch) / "one-face.jpg"
            make_picture(image)
        data = image.read_bytes()
        opencv = OpenCv()
        ours, theirs, stages = [], [], {}
        for _ in range(arguments.turns):
            answer = subprocess.run(
                [ROOT / "build" / "visavis", "bench", "pipeline", "--json", "--image", image, "--rounds", str(arguments.rounds)],
                check=True, capture_output=True, text=True,
            )
            stages = json.loads(answer.stdout)
            ours.append(stages["pipeline_ms"]["median"])
            for _ in range(10):
                opencv.once(data)
            samples = [opencv.once(data) for _ in range(arguments.rounds)]
            faces = samples[-1][1]
            theirs.append(statistics.median(s[0] for s in samples))
    result = {
        "cpu": stages["cpu"],
        "faces_opencv": faces,
        "opencv": opencv.cv2.__version__,
        "opencv_ms": theirs,
        "visavis_ms": ours,
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "stages_of_last_turn": {k: v for k, v in stages.items() if k.endswith("_ms")},
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"{stages['cpu']}, one thread, {arguments.turns} turns of {arguments.rounds}, {faces} face(s)")
    print(f"  OpenCV {result['opencv']}: " + ", ".join(f"{t:.1f}" for t in theirs) + " ms")
    print("  Visavis:      " + ", ".join(f"{t:.1f}" for t in ours) + " ms")
    print(f"  ratio of medians: {result['ratio']:.2f}")


if __name__ == "__main__":
    main()
