#!/usr/bin/env python3
"""What Sharpness and Brightness say of a face, and whether it is still recognised: on that the bounds of QualityFilter rest.

    bench/quality_bounds.py [--half chooses|reports] [--pairs 60] [--faces 500]

Members of Congress by two photographs, the second blurred (by a share of the face's width), made small or dark: Sharpness,
Brightness, how often AUTO refuses it, how often CompareFaces still gives 80. Then both of other sets' photographs as they are. The
half that chooses chose the bounds; the other is for reporting (a hash of the name decides). Needs build/visavis, the
photographs, and boto3 (scripts/setup-clients; it starts itself again in that environment)."""

import argparse
import hashlib
import io
import pathlib
import statistics
import tempfile

from compare_server import in_environment, visavis

BLURS = (0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07)  # standard deviation, of the face's width
WIDTHS = (24, 32, 40, 60)  # pixels
LIGHT = (0.5, 0.25, 0.15, 0.1, 0.06)  # of each value


def in_half(name, half):
    return hashlib.sha256(f"visavis quality {name}".encode()).digest()[0] % 2 == (half == "reports")


def jpeg(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return {"Bytes": buffer.getvalue()}


def largest(client, picture):
    """The largest face's details, or None."""
    found = client.detect_faces(Image=picture)["FaceDetails"]
    return max(found, key=lambda face: face["BoundingBox"]["Width"] * face["BoundingBox"]["Height"], default=None)


def similarity(client, source, target, quality):
    """Of the faces, 0 if they do not match; None if the target's is refused or not found."""
    try:
        answer = client.compare_faces(SourceImage=source, TargetImage=target, SimilarityThreshold=0, QualityFilter=quality)
    except client.exceptions.InvalidParameterException:
        return None
    scores = [match["Similarity"] for match in answer["FaceMatches"]]
    return max(scores) if scores else 0.0 if answer["UnmatchedFaces"] else None


def variants(image, width):
    from PIL import Image, ImageFilter

    for blur in BLURS:
        yield f"blurred by {blur:.0%} of the face's width" if blur else "as it is", image.filter(ImageFilter.GaussianBlur(blur * width))
    for wanted in WIDTHS:
        scale = wanted / width
        canvas = Image.new("RGB", (400, 400), "white")
        canvas.paste(image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.LANCZOS), (20, 20))
        yield f"{wanted} pixels wide", canvas
    for share in LIGHT:
        yield f"{share:.0%} of its light", image.point(lambda value, share=share: int(value * share))


def values_of(faces, quality):
    return sorted(face["Quality"][quality] for face in faces)


def range_of(values):
    return f"{values[0]:.0f}, {statistics.median(values):.0f}, {values[-1]:.0f}" if values else "–"


def members(half, count):
    folder = visavis.SHARED / "congress"
    found = []
    for second in sorted((folder / "other").rglob("*.jpg")):
        first = folder / "115th" / f"{second.stem.split('-')[0]}.jpg"
        if first.exists() and in_half(first.stem, half):
            found.append((first, second))
    return found[:count]


def recognised(client, half, count):
    from PIL import Image

    rows = {}
    for first, second in members(half, count):
        image = Image.open(second).convert("RGB")
        face = largest(client, jpeg(image))
        if face is None:
            continue
        source = {"Bytes": first.read_bytes()}
        for name, changed in variants(image, face["BoundingBox"]["Width"] * image.width):
            picture = jpeg(changed)
            seen = largest(client, picture)
            rows.setdefault(name, []).append((seen, similarity(client, source, picture, "AUTO"), similarity(client, source, picture, "NONE")))
    print("| second photograph | members | Sharpness, least, median, most | Brightness | no face or refused by AUTO | at 80 without a filter |\n"
          "| --- | --- | --- | --- | --- | --- |")
    for name, row in rows.items():
        seen = [face for face, _, _ in row if face]
        told = " | ".join(range_of(values_of(seen, quality)) for quality in ("Sharpness", "Brightness"))
        print(f"| {name} | {len(row)} | {told} | {sum(auto is None for _, auto, _ in row)} | {sum((score or 0) >= 80 for _, _, score in row)} |")


def as_they_are(client, half, count):
    print("\n| photographs as they are | faces | Sharpness, least, median, most | below 8, 12, 20 | Brightness | below 5, 8, 10 |\n| --- | --- | --- | --- | --- | --- |")
    for name in ("fairface/images", "lfw/images", "legislators", "mugshots"):
        files = [path for path in (visavis.SHARED / name).rglob("*") if path.suffix in (".jpg", ".png") and in_half(path.name, half)]
        files.sort(key=lambda path: hashlib.sha256(path.name.encode()).digest())
        faces = [face for face in (largest(client, {"Bytes": path.read_bytes()}) for path in files[:count]) if face]
        if not faces:
            continue
        cells = []
        for quality, bounds in (("Sharpness", (8, 12, 20)), ("Brightness", (5, 8, 10))):
            values = values_of(faces, quality)
            cells += [range_of(values), ", ".join(str(sum(value < bound for value in values)) for bound in bounds)]
        print(f"| {name} | {len(faces)} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("chooses", "reports"), default="reports")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--faces", type=int, default=500)
    arguments = parser.parse_args()
    in_environment()
    if not visavis.SHARED.is_dir():
        parser.error("the photographs are not here")
    with tempfile.TemporaryDirectory() as folder, visavis.Server(pathlib.Path(folder) / "data") as server:
        recognised(server.client(), arguments.half, arguments.pairs)
        as_they_are(server.client(), arguments.half, arguments.faces)


if __name__ == "__main__":
    main()
