"""Members of Congress to audit, and reports of them."""
import csv
import json
import shutil

import pytest

from support import visavis

from .reports import PEOPLE


@pytest.fixture(scope="session")
def members(shared_data, tmp_path_factory):
    """PEOPLE members of Congress with two photographs and more, as a folder with people.csv and photos.csv."""
    folder = tmp_path_factory.mktemp("members")
    source = shared_data / "congress"
    with open(source / "photos.csv", newline="") as file:
        photos = list(csv.DictReader(file))
    several = sorted({p["bioguide"] for p in photos if "/other/" in p["file"]})[:PEOPLE]
    kept = [p for p in photos if p["bioguide"] in several]
    for photo in kept:
        to = folder / photo["file"]
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared_data / photo["file"], to)
    with open(folder / "photos.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, photos[0].keys())
        writer.writeheader()
        writer.writerows(kept)
    with open(source / "people.csv", newline="") as file:
        people = [p for p in csv.DictReader(file) if p["bioguide"] in several]
    with open(folder / "people.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, people[0].keys())
        writer.writeheader()
        writer.writerows(people)
    return folder


@pytest.fixture(scope="session")
def audit(members, tmp_path_factory):
    """audit(name, …): runs `visavis audit …` into a folder of that name and gives report.json."""
    place = tmp_path_factory.mktemp("reports")

    def run(name, *arguments, check=0, **more):
        visavis.run("audit", *arguments, "--out", place / name, "--cache", place / "templates.vvtc", check=check, timeout=600,
                    **more)
        return json.loads((place / name / "report.json").read_text()) if check == 0 else None

    run.place = place
    return run
