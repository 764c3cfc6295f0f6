#!/usr/bin/env python3
"""How recognition fails on bad pictures: members of Congress searched by photographs that are made small, masked or both.

    python bench/degraded_faces.py --data ../shared/data --out build/degraded [--cache FILE]

Each condition changes the 245 other photographs (congress/other), leaves the 533 portraits alone and runs
`visavis audit identification` on them. Needs Pillow. The changed photographs stay in OUT, which is not the repository."""
import argparse
import csv
import json
import pathlib
import subprocess

from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = ROOT / "build" / "visavis"
CANVAS = 320  # pixels: a small face in a picture that is not


def faces(pictures, place):
    """The largest face of each picture, as DetectFaces answers it; None without one."""
    found = {}
    for start in range(0, len(pictures), 50):
        some = pictures[start:start + 50]
        done = subprocess.run([BINARY, "detect", "--json", *map(str, some)], capture_output=True, text=True,
                              env={"VISAVIS_DATA": str(place), "PATH": "/usr/bin:/bin", "HOME": str(pathlib.Path.home())})
        for picture, line in zip(some, done.stdout.splitlines(), strict=True):
            answer = json.loads(line)
            details = answer.get("Answer", answer)["FaceDetails"]  # of several files each answer names its own
            found[picture] = details[0] if details else None
    return found


def reduced(picture, face, pixels):
    """The picture with a face of so many pixels' height, on a grey ground."""
    scale = pixels / (face["BoundingBox"]["Height"] * picture.height)
    small = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.LANCZOS)
    ground = Image.new("RGB", (max(CANVAS, small.width), max(CANVAS, small.height)), (128, 128, 128))
    ground.paste(small, ((ground.width - small.width) // 2, (ground.height - small.height) // 2))
    return ground


def masked(picture, face):
    """The picture with everything painted over from the nose to the chin, as wide as the face."""
    picture = picture.copy()
    box = face["BoundingBox"]
    left, width = box["Left"] * picture.width, box["Width"] * picture.width
    bottom = (box["Top"] + box["Height"]) * picture.height
    nose = next(p for p in face["Landmarks"] if p["Type"] == "nose")["Y"] * picture.height
    ImageDraw.Draw(picture).polygon([(left, nose), (left + width / 2, nose - 0.08 * (bottom - nose)), (left + width, nose),
                                     (left + 0.85 * width, bottom), (left + 0.15 * width, bottom)], fill=(170, 200, 220))
    return picture


CONDITIONS = {
    "as they are": lambda picture, face: picture,
    "face of 40 pixels": lambda picture, face: reduced(picture, face, 40),
    "face of 30 pixels": lambda picture, face: reduced(picture, face, 30),
    "face of 20 pixels": lambda picture, face: reduced(picture, face, 20),
    "mask painted over": masked,
}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    options.add_argument("--out", type=pathlib.Path, required=True)
    options.add_argument("--cache", type=pathlib.Path, help="template cache (biometric data)")
    options = options.parse_args()
    options.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache = options.cache or options.out / "templates.vvtc"
    with open(options.data / "congress" / "photos.csv", newline="") as file:
        photos = list(csv.DictReader(file))
    portraits = [p for p in photos if p["source"] == "115th"]
    others = [p for p in photos if p["source"] != "115th"]
    found = faces([options.data / p["file"] for p in others], options.out / "engine")

    print("| photographs | TPIR at 57.14 | TPIR at 80 | right person first | FPIR at 57.14 |\n| --- | --- | --- | --- | --- |")
    for name, change in CONDITIONS.items():
        folder = options.out / name.replace(" ", "-")
        (folder / "probes").mkdir(parents=True, exist_ok=True)
        table = [{**p, "file": str((options.data / p["file"]).resolve())} for p in portraits]
        for p in others:
            path = options.data / p["file"]
            if found[path] is None:
                continue
            to = (folder / "probes" / path.name).resolve().with_suffix(".png")
            if not to.exists():
                change(Image.open(path).convert("RGB"), found[path]).save(to)
            table.append({**p, "file": str(to)})
        with open(folder / "photos.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, table[0].keys())
            writer.writeheader()
            writer.writerows(table)
        subprocess.run([BINARY, "audit", "identification", "--photos", folder / "photos.csv", "--people",
                        options.data / "congress" / "people.csv", "--group-by", "gender", "--gallery",
                        options.data / "congress" / "115th", "--probes", folder / "probes", "--threshold", "57.14,80",
                        "--synthetic", "0", "--cache", cache, "--out", folder], check=True, stdout=subprocess.DEVNULL)
        report = json.loads((folder / "report.json").read_text())
        tables = {t["id"]: t["rows"] for s in report["sections"] for t in s["tables"]}

        def words(cell):
            return (f"{100 * cell['rate']:.1f} % ({cell['events']} of {cell['trials']}; {100 * cell['low']:.1f} to "
                    f"{100 * cell['high']:.1f})")
        low, high = tables["by-threshold"]
        print(f"| {name} | {words(low[4])} | {words(high[4])} | {words(tables['cmc'][0][-1])} | {words(low[1])} |", flush=True)


if __name__ == "__main__":
    main()
