"""Audits as a user runs them: on real photographs, with the pack."""
import csv
import hashlib
import html as html_text
import json
import re
import shlex
import shutil
import subprocess
import urllib.request

import pytest

from support import packs, visavis

from .reports import PEOPLE, labelled, rates


def test_several_groups_count_as_one(audit, members, shared_data, tmp_path):
    gallery = tmp_path / "others"
    gallery.mkdir()
    for picture in sorted((shared_data / "legislators" / "uk").glob("*.jpg"))[:40]:
        shutil.copy(picture, gallery / picture.name)
    arguments = ["false-matches", "--probes", members / "congress" / "115th", "--people", members / "people.csv", "--group-by",
                 "ethnicity,gender", "--gallery", gallery, "--threshold", "25"]
    found = audit("together", *arguments, "--together", "women and men=F,M", "--together", "women=F")
    tables = {table["id"]: table for table in found["sections"][1]["tables"]}
    everybody, women = tables["together-25"]["rows"]
    with open(members / "people.csv", newline="") as file:
        genders = [row["gender"] for row in csv.DictReader(file)]
    assert everybody[1]["trials"] == len(genders) == PEOPLE and women[1]["trials"] == genders.count("F")
    assert everybody[2]["events"] == everybody[2]["trials"] == women[2]["trials"] > 0
    refused = visavis.run("audit", *arguments, "--together", "nobody=F,blue", "--out", tmp_path / "no", check=2)
    assert "`blue`" in refused.stderr
    assert "NAME=" in visavis.run("audit", *arguments, "--together", "nobody", "--out", tmp_path / "no", check=2).stderr


def test_identification_finds_members_by_other_photographs(audit, members):
    report = audit("identification", "identification", "--photos", members / "photos.csv", "--people", members / "people.csv",
                   "--gallery", members / "congress" / "115th", "--probes", members / "congress" / "other",
                   "--threshold", "57,80")
    missed, searches = rates(report)["overall", "by-threshold", "57", "Enrolled people missed (FNIR)"]
    assert searches >= PEOPLE and missed <= searches * 0.1
    assert rates(report)["rank", "cmc", "1", f"{PEOPLE} faces"][0] >= searches * 0.9
    assert all(not point["synthetic"] for section in report["sections"] for chart in section["lines"]
               for line in chart["lines"] for point in line["points"])


def test_a_report_repeats_byte_for_byte_and_shows_faces_only_when_asked(audit, members):
    arguments = ["false-matches", "--probes", members / "congress" / "115th", "--people", members / "people.csv",
                 "--gallery", members / "congress" / "other", "--threshold", "10"]
    audit("plain", *arguments)
    first = [(audit.place / "plain" / name).read_bytes() for name in ("report.json", "report.html")]
    audit("plain", *arguments)
    assert first == [(audit.place / "plain" / name).read_bytes() for name in ("report.json", "report.html")]
    assert b"data:image" not in first[1]
    audit("plain", *arguments, "--with-images")
    html = (audit.place / "plain" / "report.html").read_text()
    assert html.count('src="data:image/png;base64,') >= 2
    assert html.count("<img ") == html.count('alt="Face in ')
    assert (audit.place / "plain" / "report.html").stat().st_mode & 0o777 == 0o600


def test_verdicts_are_kept_and_never_written_over(audit, members):
    arguments = ["false-matches", "--probes", members / "congress" / "115th", "--people", members / "people.csv",
                 "--gallery", members / "congress" / "other"]
    audit("verdicts", *arguments, "--threshold", "10")
    place = audit.place / "verdicts" / "suspects.csv"
    with open(place, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 2
    rows[0]["verdict"], rows[-1]["verdict"] = "same", "different"
    with open(place, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    filled = place.read_text()
    refused = visavis.run("audit", *arguments, "--threshold", "10", "--out", place.parent, check=2)
    assert str(place) in refused.stderr and "--verdicts" in refused.stderr and place.read_text() == filled
    given = audit.place / "looked-at.csv"
    shutil.copy(place, given)
    highest = str(min(99.9, float(rows[-1]["similarity"]) + 0.1))  # the last pair is no match any more
    said = visavis.run("audit", *arguments, "--threshold", highest, "--out", place.parent, "--cache",
                       audit.place / "templates.vvtc", "--verdicts", given, check=0, timeout=600).stdout
    assert "Of 2 verdicts given, " in said
    looked_at = json.loads((place.parent / "report.json").read_text())["verdicts"]
    judged = sorted(f"{row['probe']},{row['gallery']},{row['verdict']}\n" for row in rows if row["verdict"])
    assert looked_at == {"sha256": hashlib.sha256("".join(judged).encode()).hexdigest(), "same": 1, "different": 1}
    before = audit("unlooked-at", *arguments, "--threshold", highest)
    assert "verdicts" not in before
    told = visavis.run("audit", "compare", audit.place / "unlooked-at" / "report.json", place.parent / "report.json", "--out",
                       audit.place / "verdicts-compared").stdout
    assert "A counts with no verdicts, B with 1 pairs `same` and 1 `different`" in told
    with open(place, newline="") as file:
        kept = {(row["probe"], row["gallery"]): row["verdict"] for row in csv.DictReader(file)}
    for row in (rows[0], rows[-1]):
        assert kept[row["probe"], row["gallery"]] == row["verdict"]


def test_the_command_of_a_report_can_be_typed_again(audit, members):
    name = "O'Brien `id` $HOME \"x\" \\ #!~{a}"
    report = audit("quoted", "quality", *labelled(members), "--name", name)
    assert name in shlex.split(report["command"])
    again = subprocess.run(["sh", "-c", "printf '%s\\n' " + report["command"]], capture_output=True, text=True, check=True)
    assert name in again.stdout.split("\n")


def test_a_picture_beyond_the_limit_counts_as_undecoded(audit, members, server, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(next((members / "congress" / "115th").glob("*.jpg")), folder / "small.jpg")
    with open(folder / "large.jpg", "wb") as file:
        file.truncate(15 * 1024 * 1024 + 1)
    # An API takes 5 MiB, a file on this machine may have 15.
    larger = (folder / "small.jpg").read_bytes()
    (folder / "middle.jpg").write_bytes(larger + b"\0" * (6_000_000 - len(larger)))
    arguments = ["verification", "--photos", folder, "--threshold", "80"]
    direct = audit("large", *arguments)
    through = audit("large-through", *arguments, "--against", server.url, env=server.client_environment())
    for report, undecoded in ((direct, 1), (through, 2)):
        assert [(g["pictures"], g["undecoded"]) for g in report["data_sets"][0]["groups"]] == [(3, undecoded)]


def test_compare_refuses_other_photographs_and_says_no_when_worse(audit, members):
    audit("some", "verification", *labelled(members), "--threshold", "50")
    audit("others", "verification", "--people", members / "people.csv", "--photos", members / "photos.csv",
          "--group-by", "ethnicity", "--threshold", "50")
    some, others = (audit.place / name / "report.json" for name in ("some", "others"))
    refused = visavis.run("audit", "compare", some, others, "--out", audit.place / "no", check=2)
    assert "--different-data" in refused.stderr
    # Of everybody's rates nothing is worse; the groups' stand in one report alone, so the answer is not yes.
    partly = visavis.run("audit", "compare", some, others, "--different-data", "--out", audit.place / "yes", check=4)
    assert "Not compared: " in partly.stdout
    visavis.run("audit", "compare", some, some, "--out", audit.place / "same", check=0)
    worse = json.loads(some.read_text())
    cell = worse["sections"][0]["tables"][0]["rows"][0][2]
    cell.update(events=cell["trials"] // 2, rate=0.5, low=0.45, high=0.55)
    changed = audit.place / "worse.json"
    changed.write_text(json.dumps(worse))
    assert "B is worse in 1" in visavis.run("audit", "compare", some, changed, "--out", audit.place / "w", check=1).stdout


def test_a_profile_makes_its_reports_names_what_is_missing_and_goes_on(members, tmp_path, audit):
    data = tmp_path / "data" / "congress"
    shutil.copytree(members / "congress", data)
    for name in ("people.csv", "photos.csv"):
        shutil.copy(members / name, data / name)
    arguments = ["audit", "all", "--profile", "nist-800-63", "--data", data.parent, "--out", tmp_path / "out",
                 "--cache", audit.place / "templates.vvtc"]
    visavis.run(*arguments, check=0, timeout=600)
    index = (tmp_path / "out" / "index.html").read_bytes()
    report = json.loads((tmp_path / "out" / "index.json").read_text())
    sections = {section["id"]: section for section in report["sections"]}
    assert {"nist-800-63", "verification-congress", "identification-congress"} == set(sections)
    assert any("lfw/people.csv" in sentence for sentence in sections["nist-800-63"]["sentences"])
    for _, address in sections["verification-congress"]["links"]:
        assert (tmp_path / "out" / address).is_file()
    assert sections["verification-congress"]["tables"][0]["rows"][0][1]["trials"] == PEOPLE * (PEOPLE - 1) // 2
    again = visavis.run(*arguments, "--resume", check=0, timeout=600)
    assert again.stdout.count("there already") == 2
    changed = (tmp_path / "out" / "index.html").read_text().replace(" --resume", "")
    assert changed == index.decode()
    photo = next((data / "other").rglob("*.jpg"))
    photo.write_bytes(photo.read_bytes() + b"\0")  # the same picture, but not the same file
    remade = visavis.run(*arguments, "--resume", check=0, timeout=600)
    assert remade.stdout.count("made again") == 2 and "there already" not in remade.stdout
    assert visavis.run(*arguments, "--resume", "--seed", "2", check=0, timeout=600).stdout.count("made again") == 2
    visavis.run("audit", "all", "--profile", "none", "--data", data, "--out", tmp_path / "no", check=2)


def test_a_curve_is_made_again_byte_for_byte(shared_data, tmp_path):
    def made(name, *more):
        visavis.run("models", "calibrate", "--data", shared_data, "--people", "uk=legislators/people.csv:country", "--cache",
                    tmp_path / "templates.vvtc", "--out", tmp_path / name, *more, check=0, timeout=600)
        return (tmp_path / name).read_bytes()

    first = made("first.json")
    assert json.loads(first)["measured_on"]
    assert made("second.json") == first
    assert made("third.json", "--reporting-half") != first


def test_the_half_that_reports_is_counted_as_a_half(shared_data, tmp_path):
    with open(shared_data / "congress" / "photos.csv", newline="") as file:
        people = {row["bioguide"] for row in csv.DictReader(file)}
    half = [p for p in people if hashlib.sha256(f"visavis split 1 congress/{p}".encode()).digest()[0] % 2 == 1]
    made = visavis.run("models", "calibrate", "--data", shared_data, "--people",
                       "congress=congress/people.csv,congress/photos.csv", "--reporting-half", "--out",
                       tmp_path / "curve.json", check=0, timeout=600)
    assert int(re.search(r"^congress \((\d+) people", made.stdout, re.M)[1]) == len(half)
    assert [path.name for path in tmp_path.iterdir()] == ["curve.json"], "no template stays"


def test_groups_too_small_for_a_curve_are_named(shared_data, tmp_path):
    made = visavis.run("models", "calibrate", "--data", shared_data, "--people", "congress=congress/people.csv,congress/photos.csv:ethnicity",
                       "--out", tmp_path / "curve.json", check=0, timeout=600)
    left_out = {group["group"]: group["people"] for group in json.loads((tmp_path / "curve.json").read_text())["left_out"]}
    assert left_out and all(count < 50 for count in left_out.values())
    for group, count in left_out.items():
        assert f"warning: {group} with {count} people is in no figure of the curve" in made.stderr


def test_a_pack_without_a_curve_gets_its_first(shared_data, tmp_path):
    pack = tmp_path / "mine"
    shutil.copytree(visavis.ROOT / "models" / "default", pack)
    curve = pack / "calibration.json"
    arguments = ["models", "calibrate", "--pack", pack, "--data", shared_data, "--people",
                 "uk=legislators/people.csv:country", "--cache", tmp_path / "templates.vvtc", "--out", curve]
    made = visavis.run(*arguments, check=0, timeout=600)
    first = curve.read_bytes()
    told = re.search(r'calibration_sha256 = "(\w+)"', made.stdout)[1]
    assert "calibration.json" in visavis.run("detect", "--models", pack, "x.jpg").stderr, "the manifest names another curve"
    packs.say(pack, "calibration_sha256", told)
    visavis.run("models", "verify", "--models", pack, check=0)
    for before in (None, "{}"):
        curve.unlink()
        if before is not None:
            curve.write_text(before)
        visavis.run(*arguments, check=0, timeout=600)
        assert curve.read_bytes() == first
    visavis.run("models", "card", "--pack", pack, check=0)


@pytest.mark.parametrize("accept, kind", [
    ("text/html;q=0", "application/"), ("TEXT/HTML", "text/html"), ("*/*", "application/"),
    ("text/html;q=0.4, application/json", "application/"), ("application/json;q=0.4, Text/Html; Q=0.5", "text/html"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")])
def test_the_model_card_is_what_accept_prefers(server, accept, kind):
    request = urllib.request.Request(server.url + "/v1/model-card", headers={"Accept": accept})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["Vary"] == "Accept"


def test_the_model_card_is_public_as_json_and_html(server):
    card = json.load(urllib.request.urlopen(server.url + "/v1/model-card"))
    assert {"name", "version", "hash", "networks", "normalisation", "calibration"} <= set(card)
    assert all(network["licence"] and len(network["sha256"]) == 64 for network in card["networks"])
    assert card["calibration"]["measured_on"]
    at = {entry["similarity"]: entry for entry in card["similarity"]["at"]}
    assert at[80]["extrapolated"] and not at[42.86]["extrapolated"] and at[80]["low"] < at[80]["fmr"] < at[80]["high"]
    request = urllib.request.Request(server.url + "/v1/model-card", headers={"Accept": "text/html"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"].startswith("text/html")
        html = answer.read().decode()
    assert card["hash"] in html and "<script" not in html
    for network in card["networks"]:
        assert network["sha256"] in html
    assert card["weaknesses"]["measured"]
    for one in card["weaknesses"]["measured"]:
        assert html_text.escape(one["result"]).replace(" %", "&nbsp;%") in html and re.search(r"\d+ of [\d,]+", one["result"])
    # What the card says is what the documented tables say.
    said = (visavis.ROOT / "docs" / "accuracy.md").read_text()
    for one in card["weaknesses"]["measured"]:
        for counts in re.findall(r"\((\d[\d,]* of [\d,]+)", one["result"]):
            assert f"({counts}; " in said, counts
