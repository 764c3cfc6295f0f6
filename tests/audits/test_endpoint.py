"""Servers audited through their Rekognition API alone: ours gives the pack's own figures, strange ones are told."""
import csv
import http.server
import json
import re
import shutil
import threading

import pytest

from support import throttle, visavis

from .reports import PEOPLE, labelled, rates


def test_a_server_audited_through_its_api_gives_the_packs_figures(audit, members, server):
    direct = audit("direct", "verification", *labelled(members), "--threshold", "50,80,95")
    through = audit("through", "verification", *labelled(members), "--threshold", "50,80,95", "--against", server.url,
                    env=server.client_environment())
    assert through["system"]["name"] == server.url
    expected = {place: counts for place, counts in rates(direct).items() if place[0] in ("overall", "by-group")}
    assert expected and rates(through) == expected
    assert direct["data_sets"][0]["hash"] == through["data_sets"][0]["hash"]
    assert not [c for c in server.client().list_collections()["CollectionIds"] if c.startswith("visavis-audit")]

    side_by_side = visavis.run("audit", "compare", audit.place / "direct" / "report.json",
                               audit.place / "through" / "report.json", "--out", audit.place / "both", check=0)
    assert "B is worse in 0 and better in 0" in side_by_side.stdout


def test_false_matches_through_the_api_are_the_packs(audit, members, server, shared_data, tmp_path):
    gallery = tmp_path / "others"
    gallery.mkdir()
    for picture in sorted((shared_data / "legislators" / "uk").glob("*.jpg"))[:40]:
        shutil.copy(picture, gallery / picture.name)
    arguments = ["false-matches", "--probes", members / "congress" / "115th", "--people", members / "people.csv",
                 "--group-by", "gender", "--gallery", gallery, "--threshold", "25,80"]
    direct = audit("found-direct", *arguments)
    through = audit("found-through", *arguments, "--against", server.url, env=server.client_environment())
    assert rates(through) == rates(direct)
    assert rates(direct)["overall", "by-threshold", "25", "People falsely matched (FPIR)"][0] > 0
    at_25, at_80 = next(section for section in direct["sections"] if section["id"] == "overall")["sentences"][:2]
    assert re.search(rf"would match \d+\.\d of {PEOPLE} people \(95 %: \d+\.\d to \d+\.\d\), if", at_25), at_25
    assert re.search(rf"would match at most \d+\.\d of {PEOPLE} people \(95 %\), if", at_80), at_80
    suspects = [(audit.place / name / "suspects.csv").read_text() for name in ("found-direct", "found-through")]
    assert sorted(line.rsplit(",", 2)[0] for line in suspects[0].split()) == \
        sorted(line.rsplit(",", 2)[0] for line in suspects[1].split())


@pytest.mark.parametrize("sides", [[], ["--gallery", "congress/115th", "--probes", "congress/other"]])
def test_identification_through_the_api_is_the_packs(audit, members, server, sides):
    folders = [part if part.startswith("--") else members / part for part in sides]
    arguments = ["identification", *labelled(members), *folders, "--threshold", "25,80"]
    direct = audit("identified", *arguments, "--synthetic", "0")
    through = audit("identified-through", *arguments, "--against", server.url, env=server.client_environment())
    expected = {place: counts for place, counts in rates(direct).items() if place[0] in ("overall", "by-group")}
    assert expected["overall", "by-threshold", "80", "Enrolled people found (TPIR)"][0] > PEOPLE / 2
    assert expected["overall", "by-threshold", "25", "Strangers who raise an alarm (FPIR)"][0] > 0
    assert rates(through) == expected
    assert [section["id"] for section in through["sections"]] == ["overall", "by-group"], "nothing is said of ranks and sizes"


def with_poor_pictures(members, tmp_path):
    """Members with pictures that a filter refuses among them: tiny, dark, blurred beside a sharp stranger, and one without a face."""
    from PIL import Image, ImageEnhance, ImageFilter

    some = few(members, tmp_path / "some", 12)
    (some / "congress").unlink()
    shutil.copytree(members / "congress", some / "congress")
    for i, picture in enumerate(sorted((some / "congress" / "115th").glob("*.jpg"))[:12]):
        image = Image.open(picture).convert("RGB")
        if i % 4 == 0:
            small = image.resize((64, 64))
            image = Image.new("RGB", (400, 400), "white")
            image.paste(small, (100, 100))
        elif i % 4 == 1:
            image = ImageEnhance.Brightness(image).enhance(0.08)
        elif i % 4 == 3:
            beside = Image.new("RGB", (900, 520), "white")
            beside.paste(image.resize((512, 512)).filter(ImageFilter.GaussianBlur(14)), (0, 0))
            beside.paste(image.resize((200, 200)), (620, 100))
            image = beside
        elif i == 2:
            image = Image.new("RGB", (400, 400), "grey")
        image.save(picture, quality=95)
    return some


def test_quality_through_the_api_is_the_packs(audit, members, server, tmp_path):
    some = with_poor_pictures(members, tmp_path)
    direct = audit("quality", "quality", *labelled(some))
    through = audit("quality-through", "quality", *labelled(some), "--against", server.url, env=server.client_environment())
    assert through["sections"] == direct["sections"]
    refused = {table["id"]: sum(row[1]["events"] for row in table["rows"]) for table in direct["sections"][0]["tables"]}
    assert 0 < refused["none"] < refused["medium"] < refused["high"]
    reasons = " ".join(row[2] for table in direct["sections"][0]["tables"] for row in table["rows"])
    assert {"SMALL_BOUNDING_BOX", "LOW_BRIGHTNESS", "LOW_SHARPNESS", "NO_FACE"} <= set(re.findall("[A-Z_]{4,}", reasons))


def test_attributes_through_the_api_are_the_packs(audit, shared_data, server, tmp_path):
    with open(shared_data / "legislators" / "people.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["gender"]]
    kept = rows[::max(1, len(rows) // 60)]
    for row in kept:
        (tmp_path / row["file"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared_data / row["file"], tmp_path / row["file"])
    with open(tmp_path / "labels.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(kept)
    arguments = ["attributes", "--labels", tmp_path / "labels.csv"]
    direct = audit("attributes", *arguments)
    through = audit("attributes-through", *arguments, "--against", server.url, env=server.client_environment())
    expected = {place: counts for place, counts in rates(direct).items() if place[0] != "landmarks"}
    assert any(place[0] == "gender" for place in expected) and rates(through) == expected
    assert sum(counts[1] for place, counts in expected.items() if place[0] == "gender") >= 60
    assert "landmarks" not in [section["id"] for section in through["sections"]]
    assert "Visavis" not in json.dumps(through["sections"]), "these are another system's figures"


class Senseless(http.server.BaseHTTPRequestHandler):
    """Makes collections, and answers everything else with an empty object."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"FaceModelVersion": "1"}' if "CreateCollection" in self.headers["X-Amz-Target"] else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_service_that_answers_something_else_is_named(members, server, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Senseless) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{stranger.server_port}"
        told = visavis.run("audit", "quality", *labelled(few(members, tmp_path / "some")), "--out", tmp_path / "none", "--against", url,
                           env=server.client_environment(), check=4)
        stranger.shutdown()
    assert "IndexFaces" in told.stderr and url in told.stderr


def test_an_endpoint_without_credentials_is_refused(audit, members, server, tmp_path):
    environment = server.client_environment(HOME=str(tmp_path))
    del environment["AWS_ACCESS_KEY_ID"]
    audit("refused", "verification", *labelled(members), "--against", server.url, env=environment, check=3)
    wrong = server.client_environment(AWS_SECRET_ACCESS_KEY="wrong")
    audit("refused", "verification", *labelled(members), "--against", server.url, env=wrong, check=3)


def few(members, tmp_path, count=4):
    """A labelled set of `count` of the members, for audits whose every call is slow."""
    tmp_path.mkdir(exist_ok=True)
    for name in ("people.csv", "photos.csv"):
        with open(members / name, newline="") as file:
            rows = list(csv.DictReader(file))
        kept = sorted({row["bioguide"] for row in rows})[:count]
        with open(tmp_path / name, "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(row for row in rows if row["bioguide"] in kept)
    (tmp_path / "congress").symlink_to(members / "congress")
    return tmp_path


def test_a_service_that_throttles_fails_and_hangs_up_is_asked_again(audit, members, server, tmp_path):
    some = few(members, tmp_path)
    direct = audit("few-direct", "verification", *labelled(some), "--threshold", "50,80")
    with throttle.Throttle(server.url, [throttle.THROTTLED, throttle.EXCEEDED, throttle.HANGS_UP, throttle.FAILED]) as busy:
        through = audit("few-through", "verification", *labelled(some), "--threshold", "50,80", "--against", busy.url,
                        env=server.client_environment())
        calls = dict(busy.calls)
    expected = {place: counts for place, counts in rates(direct).items() if place[0] in ("overall", "by-group")}
    assert expected and rates(through) == expected
    assert {target.rsplit(".", 1)[1] for target, _ in calls} >= {"CreateCollection", "IndexFaces", "DeleteCollection"}
    assert all(len(tries) == 5 for tries in calls.values())
    pauses = [[b - a for a, b in zip(tries, tries[1:])] for tries in calls.values()]
    for i, longest in enumerate((0.2, 0.4, 0.8, 1.6)):  # drawn at random below a length that doubles
        assert max(pause[i] for pause in pauses) < longest + 1  # a busy machine adds its own
    assert sum(pause[3] for pause in pauses) > sum(pause[0] for pause in pauses)


NO_FACES = (400, "InvalidParameterException", "Request has invalid parameters")


def test_pictures_that_a_service_refuses_later_are_not_recognised(audit, members, server, tmp_path):
    """It indexed them, and then finds no face in every second one: a miss, and said, not the end of the audit."""
    some = few(members, tmp_path)
    arguments = ["verification", *labelled(some), "--threshold", "10"]
    whole = audit("whole", *arguments, "--against", server.url, env=server.client_environment())
    with throttle.Throttle(server.url, refuses=lambda operation, number: NO_FACES if operation == "CompareFaces" and number % 2 else None) as picky:
        report = audit("picky", *arguments, "--against", picky.url, env=server.client_environment())
        pairs = picky.asked["CompareFaces"]
    place = next(place for place in rates(whole) if place[0] == "overall" and "FNMR" in place[-1])
    assert rates(whole)[place] == (0, pairs) and rates(report)[place] == (pairs // 2, pairs)
    assert f"{pairs // 2} of {pairs} calls of CompareFaces were refused for their picture" in report["system"]["description"]
    with throttle.Throttle(server.url, refuses=lambda operation, number: NO_FACES if operation == "CompareFaces" else None) as useless:
        for people in (members, some):  # whether many or few
            done = visavis.run("audit", "verification", *labelled(people), "--threshold", "10", "--out", tmp_path / "useless", "--against",
                               useless.url, env=server.client_environment(), check=4, timeout=600)
            assert "CompareFaces: InvalidParameterException: Request has invalid parameters" in done.stderr, "no picture at all was taken"


def test_a_service_that_always_throttles_ends_the_audit(audit, members, server, tmp_path):
    with throttle.Throttle(server.url, [throttle.THROTTLED] * 20) as busy:
        audit("never", "verification", *labelled(few(members, tmp_path)), "--against", busy.url,
              env=server.client_environment(), check=4)
        assert [len(tries) for tries in busy.calls.values()] == [10]
