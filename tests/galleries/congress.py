"""533 members of the US Congress are indexed, 245 other photographs of them are searched: how many find their member
(TPIR), how many find somebody else (FPIR)? Prints the table of docs/accuracy.md.

    python tests/galleries/congress.py
"""
import csv
import math
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import visavis

THRESHOLDS = (80, 90, 99)


def wilson(hits, count):
    """95 % interval of a rate, in per cent."""
    z, rate = 1.96, hits / count
    middle = rate + z * z / (2 * count)
    spread = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    return 100 * max(0.0, middle - spread) / (1 + z * z / count), 100 * (middle + spread) / (1 + z * z / count)


def measure(client, folder):
    """{threshold: (hits, false alarms)}, number of probes, number of members indexed, photographs left out."""
    photos = list(csv.DictReader(open(folder / "photos.csv")))
    client.create_collection(CollectionId="congress")
    group_of, indexed, left_out = {}, 0, 0
    for photo in photos:
        if "/115th/" not in photo["file"] and not photo["file"].startswith("115th/"):
            continue
        path = folder.parent / photo["file"] if photo["file"].startswith("congress/") else folder / photo["file"]
        answer = client.index_faces(CollectionId="congress", Image={"Bytes": path.read_bytes()}, ExternalImageId=photo["bioguide"],
                                    MaxFaces=1, QualityFilter="NONE")
        indexed += len(answer["FaceRecords"])
        group_of[photo["bioguide"]] = photo["photo_group"]
    counts = {threshold: [0, 0] for threshold in THRESHOLDS}
    probes = 0
    for photo in photos:
        if "other/" not in photo["file"]:
            continue
        if photo["photo_group"] == group_of.get(photo["bioguide"]):
            left_out += 1  # the same picture as the one indexed
            continue
        path = folder.parent / photo["file"] if photo["file"].startswith("congress/") else folder / photo["file"]
        probes += 1
        try:
            matches = client.search_faces_by_image(CollectionId="congress", Image={"Bytes": path.read_bytes()},
                                                   FaceMatchThreshold=min(THRESHOLDS))["FaceMatches"]
        except client.exceptions.InvalidParameterException:
            continue  # no face found: a miss
        for threshold in THRESHOLDS:
            found = [match["Face"]["ExternalImageId"] for match in matches if match["Similarity"] >= threshold]
            counts[threshold][0] += photo["bioguide"] in found
            counts[threshold][1] += any(other != photo["bioguide"] for other in found)
    return {threshold: tuple(count) for threshold, count in counts.items()}, probes, indexed, left_out


def table(counts, probes):
    lines = ["| threshold | TPIR | FPIR |", "| --- | --- | --- |"]
    for threshold, (hits, alarms) in counts.items():
        cells = []
        for count in (hits, alarms):
            low, high = wilson(count, probes)
            cells.append(f"{100 * count / probes:.1f} % ({count} of {probes}; {low:.1f} to {high:.1f})")
        lines.append(f"| {threshold} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def main():
    with tempfile.TemporaryDirectory() as place, visavis.Server(pathlib.Path(place) / "data") as server:
        counts, probes, indexed, left_out = measure(server.client(), visavis.SHARED / "congress")
        print(f"{indexed} members indexed, {probes} probes, {left_out} left out as the same picture\n")
        print(table(counts, probes))


if __name__ == "__main__":
    main()
