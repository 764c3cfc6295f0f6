"""`visavis detect`, `compare`, `models`, `doctor` and `bench pipeline` without a server, on real photographs."""
import json
import shutil
import socket
import struct
import subprocess
import xml.etree.ElementTree

import pytest

from support import packs, visavis

PACK = visavis.ROOT / "models" / "default"
NETWORKS = visavis.CACHE / "packs" / "default"


@pytest.fixture
def run(tmp_path):
    """run(*arguments): the program in an empty directory; no server, no data directory."""

    def start(*arguments):
        return subprocess.run([visavis.BINARY, *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return start


@pytest.fixture
def copied_pack(tmp_path):
    """A directory with everything, as an air-gapped machine has it."""
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack)
    for network in (*NETWORKS.glob("*.onnx"), *NETWORKS.glob("*.tflite")):
        shutil.copy(network, pack)
    return pack


def test_detect_answers_in_rekognitions_json(run, portraits):
    done = run("detect", "--json", portraits[0])
    assert done.returncode == 0, done.stderr
    (face,) = json.loads(done.stdout)["FaceDetails"]
    assert face["Confidence"] > 95
    assert 0.1 < face["BoundingBox"]["Width"] < 0.9
    places = {mark["Type"]: mark for mark in face["Landmarks"]}
    assert places["eyeLeft"]["X"] < places["nose"]["X"] < places["eyeRight"]["X"]
    assert places["mouthLeft"]["Y"] > places["nose"]["Y"] > places["eyeLeft"]["Y"]


def test_detect_says_no_by_its_exit_code(run, shared_data):
    assert run("detect", shared_data / "odd/crop/no_face.png").returncode == 1


def test_detect_names_the_broken_file_and_goes_on(run, shared_data, portraits):
    done = run("detect", shared_data / "odd/broken/truncated.jpg", portraits[0])
    assert done.returncode == 2
    assert "truncated.jpg" in done.stderr
    assert "1 face" in done.stdout


def test_detect_draws_a_png_with_a_legend_below_the_picture(run, tmp_path, portraits):
    assert run("detect", "--draw", "out.png", portraits[0]).returncode == 0
    drawn = (tmp_path / "out.png").read_bytes()
    assert drawn[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", drawn[16:24])
    assert width == 512 and 520 < height < 600
    assert (tmp_path / "out.png").stat().st_mode & 0o077 == 0, "it shows a person"


def test_detect_draws_an_svg_that_names_every_landmark(run, tmp_path, portraits):
    assert run("detect", "--attributes", "ALL", "--draw", "out.svg", portraits[0]).returncode == 0
    (face,) = json.loads(run("detect", "--attributes", "ALL", "--json", portraits[0]).stdout)["FaceDetails"]
    root = xml.etree.ElementTree.parse(tmp_path / "out.svg").getroot()
    circles = {circle[0].text: (float(circle.get("cx")), float(circle.get("cy")))
               for circle in root.iter("{http://www.w3.org/2000/svg}circle")}
    for point in face["Landmarks"]:
        assert circles.pop(point["Type"]) == pytest.approx((512 * point["X"], 512 * point["Y"]), abs=0.1)
    assert not circles
    assert (tmp_path / "out.svg").stat().st_mode & 0o077 == 0, "it shows a person"


def test_attributes_do_not_swallow_the_pictures_behind_them(run, portraits):
    done = run("detect", "--json", "--attributes", "SMILE", portraits[0], portraits[2])
    assert done.returncode == 0, done.stderr
    assert ["Smile" in json.loads(line)["Answer"]["FaceDetails"][0] for line in done.stdout.splitlines()] == [True, True]


def test_attributes_are_audited_by_whatever_labels_there_are(run, tmp_path, shared_data):
    (tmp_path / "labels.csv").write_text("file,gender,eyes_open\nodd/reaction/close_eyes.jpeg,F,0\n"
                                         "odd/reaction/open_eyes.png,F,1\nodd/emotion/happy.png,M,\n")
    done = run("audit", "attributes", "--data", shared_data, "--labels", "labels.csv", "--out", "report", "--threads", "1")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert report["command"] == f"visavis audit attributes --data {shared_data} --labels labels.csv --out report --threads 1"
    assert report["command"] in (tmp_path / "report/report.html").read_text()
    sections = {section["id"]: section for section in report["sections"]}
    assert set(sections) == {"gender", "states", "calibration", "landmarks", "failures"}
    name, right = sections["states"]["tables"][0]["rows"][0][:2]
    assert (name, right["events"], right["trials"], right["rate"]) == ("EyesOpen", 2, 2, None)
    (female,) = (row for row in sections["gender"]["tables"][0]["rows"] if row[0] == "F")
    assert female[1]["trials"] == 2
    broken = tmp_path / "broken.csv"
    broken.write_text("file,smile\nodd/emotion/happy.png,maybe\n")
    done = run("audit", "attributes", "--data", shared_data, "--labels", broken, "--out", "report")
    assert done.returncode == 2 and "`maybe`" in done.stderr


def test_compare_tells_one_person_from_two(run, portraits):
    first, second, other = portraits
    same = run("compare", "--json", first, second)
    assert same.returncode == 0, same.stderr
    assert json.loads(same.stdout)["FaceMatches"][0]["Similarity"] >= 90
    different = run("compare", first, other)
    assert different.returncode == 1
    assert "0 of 1 face" in different.stdout


def test_compare_without_a_face_is_bad_input(run, shared_data, portraits):
    done = run("compare", portraits[0], shared_data / "odd/crop/no_face.png")
    assert done.returncode == 2
    assert "error: Request has invalid parameters: there is no face in TargetImage" in done.stderr
    done = run("compare", shared_data / "odd/crop/no_face.png", portraits[0])
    assert done.returncode == 2 and "there is no face in SourceImage" in done.stderr


def test_models_verify_accepts_a_directory_with_everything(run, copied_pack):
    done = run("models", "verify", "--models", copied_pack, "--json")
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert answer["verified"]
    assert all(file["path"].startswith(str(copied_pack)) for file in answer["files"])


def test_a_changed_network_is_refused_with_both_hashes(run, copied_pack, portraits):
    manifest = (copied_pack / "pack.toml").read_text()
    with open(copied_pack / "sface-int8.onnx", "r+b") as network:
        network.seek(1000)
        network.write(b"\0\0\0\0")
    done = run("models", "verify", "--models", copied_pack, "--json")
    assert done.returncode == 1
    wrong = next(file for file in json.loads(done.stdout)["files"] if not file["same"])
    assert wrong["expected"] in manifest and wrong["found"] not in manifest
    refused = run("detect", "--models", copied_pack, portraits[0])
    assert refused.returncode == 4
    assert wrong["expected"] in refused.stderr and wrong["found"] in refused.stderr


def test_a_network_that_is_compiled_later_is_refused_at_the_start(run, copied_pack):
    text = (copied_pack / "pack.toml").read_text()
    assert text.count("[1, 64, 64, 3]") == 1
    (copied_pack / "pack.toml").write_text(text.replace("[1, 64, 64, 3]", "[1, 96, 96, 3]"))
    done = run("serve", "--models", copied_pack, "--listen", "127.0.0.1:0")
    assert done.returncode == 4 and "iris" in done.stderr
    assert "[1, 96, 96, 3]" in done.stderr and "[1, 64, 64, 3]" in done.stderr


def test_a_network_with_other_tensors_is_refused_printing_both(run, copied_pack):
    text = (copied_pack / "pack.toml").read_text()
    (copied_pack / "pack.toml").write_text(text.replace("shape = [1, 128]", "shape = [1, 512]"))
    done = run("models", "verify", "--models", copied_pack)
    assert done.returncode == 1
    assert "[1, 512]" in done.stdout and "[1, 128]" in done.stdout


@pytest.mark.parametrize("name", ["calibration.json", "normalisation.json", "normalisation.bin"])
def test_a_changed_curve_or_normalisation_is_refused(run, copied_pack, portraits, name):
    with open(copied_pack / name, "r+b") as file:
        file.seek(-3, 2)
        file.write(b" ")
    told = run("models", "verify", "--models", copied_pack, "--json")
    assert told.returncode == 1
    refused = run("detect", "--models", copied_pack, portraits[0])
    assert refused.returncode == 4 and name in refused.stderr
    if name.endswith(".json"):
        assert name in run("models", "card", "--pack", copied_pack).stderr
        (wrong,) = [file for file in json.loads(told.stdout)["files"] if not file["same"]]
        assert wrong["expected"] in refused.stderr and wrong["found"] in refused.stderr


@pytest.mark.parametrize("key, value", [("pack_version", "1.0"), ("normalisation", "0" * 64), ("score", "cosine")])
def test_a_curve_of_another_pack_is_refused(run, copied_pack, portraits, key, value):
    packs.change(copied_pack / "calibration.json", lambda curve: curve.update({key: value}))
    packs.say_hash(copied_pack, "calibration")
    there = json.loads((PACK / "calibration.json").read_text())[key]
    for arguments in (("models", "verify", "--models", copied_pack), ("detect", "--models", copied_pack, portraits[0])):
        done = run(*arguments)
        words = done.stdout + done.stderr
        assert done.returncode in (1, 4) and f"`{value}`" in words and f"`{there}`" in words


def test_the_manifest_says_on_whom_the_curve_was_measured(run):
    shown = json.loads(run("models", "show", "--json").stdout)["measured_on"]
    curve = json.loads((PACK / "calibration.json").read_text())["measured_on"]
    assert [(group["group"], group["people"]) for group in shown] == [(group["group"], group["people"]) for group in curve]
    assert all(group["composition"] for group in shown)


def test_models_list_and_show_name_licence_and_training_data(run):
    assert run("models", "list").stdout.startswith("default ")
    shown = json.loads(run("models", "show", "--json").stdout)
    assert json.loads(run("models", "show", "default", "--json").stdout) == shown
    assert run("models", "show", "no-such-pack").returncode == 2
    assert {file["role"] for file in shown["files"]} >= {"detector", "embedder"}
    assert all(file["licence"] and file["training_data"] and file["sources"] for file in shown["files"])


def test_doctor_finds_nothing_wrong_and_then_a_taken_port(run, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "settings.toml").write_text(f'listen = "127.0.0.1:{port}"\n')
        busy = run("doctor", "--config", "settings.toml", "--json")
    assert busy.returncode == 1
    assert [f["what"] for f in json.loads(busy.stdout)["findings"] if not f["good"]] == ["port"]
    free = run("doctor", "--config", "settings.toml")
    assert free.returncode == 0, free.stdout
    kernel = json.loads(run("bench", "search", "--faces", 1000, "--dim", 128, "--json").stdout)["kernel"]
    assert f"searches by {kernel};" in free.stdout


def test_doctor_tells_of_a_data_directory_that_others_can_list(run, tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data").chmod(0o755)
    findings = {f["what"]: f["words"] for f in json.loads(run("doctor", "--json").stdout)["findings"]}
    assert "chmod 700" in findings["data directory"]


@pytest.mark.parametrize("settings, what, words", [
    ('listen = "0.0.0.0:0"', "settings", "TLS"),
    ('listen = "0.0.0.0:0"\nproxy_does_tls = true', "settings", "visavis policy use"),
    ('listen = "127.0.0.1:0"\ntls_certificate = "only.pem"', "settings", "tls"),
    ('pack = "nowhere"', "models", "nowhere"),
])
def test_doctor_refuses_what_a_start_refuses(run, tmp_path, settings, what, words):
    (tmp_path / "settings.toml").write_text(settings + "\n")
    told = run("doctor", "--config", "settings.toml", "--json")
    assert told.returncode == 1
    (wrong,) = [f for f in json.loads(told.stdout)["findings"] if not f["good"]]
    assert wrong["what"] == what and words.lower() in wrong["words"].lower(), wrong
    refused = run("serve", "--config", "settings.toml")
    assert refused.returncode in (2, 4) and wrong["words"] in refused.stderr, refused.stderr


def test_bench_pipeline_gives_exactly_these_members(run, portraits):
    done = run("bench", "pipeline", "--image", portraits[0], "--threads", 2, "--rounds", 5, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    stages = {"decode_ms", "detect_ms", "align_ms", "embed_ms", "pipeline_ms"}
    assert set(answer) == stages | {"cpu", "threads", "pack", "pack_hash", "image", "image_bytes", "images_per_second", "peak_mb"}
    assert answer["threads"] == 2
    for stage in stages:
        assert set(answer[stage]) == {"median", "p95"}
        assert 0 < answer[stage]["median"] <= answer[stage]["p95"]
    assert answer["pipeline_ms"]["median"] >= answer["embed_ms"]["median"]


def test_bench_pipeline_tells_what_each_attribute_costs(run, portraits):
    done = run("bench", "pipeline", "--image", portraits[0], "--rounds", 5, "--attributes", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    each = answer["each_attribute_ms"]
    assert set(each) == {"AGE_RANGE", "GENDER", "EMOTIONS", "SMILE", "MOUTH_OPEN", "EYES_OPEN", "EYE_DIRECTION",
                         "landmarks_and_pose", "ALL_without_EMOTIONS", "ALL"}
    assert all(cost["median"] > 0 for cost in each.values())
    assert each["ALL"] == answer["attributes_ms"]


def test_bench_pipeline_without_a_face_says_so(run, shared_data):
    done = run("bench", "pipeline", "--image", shared_data / "odd/crop/no_face.png", "--rounds", 1)
    assert done.returncode == 2
    assert "no face" in done.stderr


def test_the_model_card_in_the_documentation_is_that_of_the_shipped_pack(run):
    assert run("models", "card").stdout == (visavis.ROOT / "docs" / "model-card.md").read_text(), "run `visavis models card`"
