"""`visavis index`: folders of photographs into a collection, again after a break."""
import io
import json
import os
import pty
import re
import shutil
import subprocess

import pytest

from support import visavis


@pytest.fixture
def staff(start_server):
    server = start_server("data")
    for name in ("staff", "other"):
        server.client().create_collection(CollectionId=name)
    return server


@pytest.fixture
def folder(tmp_path, portraits):
    """Three portraits, one of them deeper down, and a file that is no picture."""
    place = tmp_path / "pictures"
    (place / "deeper").mkdir(parents=True)
    for target, path in zip(("one.jpg", "two.JPG", "deeper/three.jpeg"), portraits):
        shutil.copy(path, place / target)
    (place / "notes.txt").write_text("no picture")
    return place


def png(width, height):
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def index(server, *arguments, collection="staff"):
    return visavis.run("index", "--data", server.data, "--collection", collection, *arguments)


def faces(server, collection="staff"):
    return sorted(face["ExternalImageId"] for face in server.client().list_faces(CollectionId=collection)["Faces"])


def test_every_picture_below_a_folder_is_indexed_once(staff, folder):
    for attempt in range(2):  # again: the same faces, no new ones
        done = index(staff, "--external-id-from", "filename", "--jobs", 2, "--json", folder)
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert sorted(answer["File"] for answer in answers) == sorted(str(path) for path in folder.rglob("*.j*")) + [str(folder / "two.JPG")]
        assert "3 images, 3 faces indexed" in done.stderr
        assert faces(staff) == ["one", "three", "two"]


def test_the_exit_code_says_what_was_left(staff, folder, tmp_path, blank_picture):
    (folder / "blank.jpg").write_bytes(blank_picture)
    done = index(staff, folder)
    assert done.returncode == 1 and "1 images without a face" in done.stderr
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    done = index(staff, folder)
    assert done.returncode == 2 and "broken.jpg" in done.stderr and "3 faces indexed" in done.stderr
    done = index(staff, folder, collection="none")
    assert done.returncode == 2 and "none" in done.stderr
    done = index(staff, tmp_path / "nowhere.jpg")
    assert done.returncode == 2 and "nowhere.jpg" in done.stderr


def test_the_summary_says_what_was_refused_and_what_was_not_tried(staff, folder, tmp_path):
    for name in ("a.jpg", "b.png"):
        (folder / name).write_bytes(b"GIF89a")
    (folder / "small.png").write_bytes(png(40, 40))
    done = index(staff, folder)
    assert "3 images, 3 faces indexed, 1 other files passed over" in done.stderr
    assert "2 images refused: invalid_image_format" in done.stderr and "1 image refused: invalid_parameter" in done.stderr
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "scan.heic").write_bytes(b"x")
    done = index(staff, tmp_path / "empty")
    assert done.returncode == 2 and "holds no file that ends in" in done.stderr


def test_as_many_jobs_as_there_may_be_lose_nothing(staff, portraits):
    pictures = sorted(portraits[0].parent.glob("*.jpg"))[:70]
    done = index(staff, "--jobs", 64, *pictures)
    assert done.returncode == 0 and "70 images, 70 faces indexed" in done.stderr, done.stderr


def test_a_server_without_room_is_asked_again(start_server, portraits):
    server = start_server("narrow", "--threads", 1, "--queue", 1)
    server.client().create_collection(CollectionId="staff")
    pictures = sorted(portraits[0].parent.glob("*.jpg"))[:12]
    done = index(server, "--jobs", 8, *pictures)
    assert done.returncode == 0 and "12 images, 12 faces indexed" in done.stderr, done.stderr
    assert server.wait_for_log(outcome="ThrottlingException"), "there was no room at times"


def test_a_server_that_goes_away_for_good_is_waited_for_once(start_server, portraits):
    server = start_server("data")
    server.client().create_collection(CollectionId="staff")
    pictures = sorted(portraits[0].parent.glob("*.jpg"))[:300]
    with subprocess.Popen([visavis.BINARY, "index", "--data", server.data, "--collection", "staff", "--jobs", "2", *pictures],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not server.wait_for_log(operation="IndexFaces"):
            pass
        server.kill()
        _, told = process.communicate(timeout=120)  # each picture for itself would take an hour
    assert process.returncode == 4 and re.search(r"\d+ images refused: unavailable", told), told[-500:]


def test_no_two_names_become_one_external_id(staff, portraits, tmp_path):
    names = {"李明": ":E6:9D:8E:E6:98:8E", "王芳": ":E7:8E:8B:E8:8A:B3", "a b": "a:20b", "a_b": "a_b", "a:20b": "a:3A20b"}
    for name in names:
        shutil.copy(portraits[0], tmp_path / f"{name}.jpg")
    assert index(staff, "--external-id-from", "filename", *(tmp_path / f"{name}.jpg" for name in names)).returncode == 0
    assert faces(staff) == sorted(names.values())
    shutil.copy(portraits[0], tmp_path / ("é" * 60 + ".jpg"))
    long = index(staff, "--external-id-from", "filename", tmp_path / ("é" * 60 + ".jpg"))
    assert long.returncode == 2 and "360 characters" in long.stderr


def test_answers_for_several_images_name_their_files(staff, folder, tmp_path):
    assert index(staff, folder).returncode == 0
    wanted = [str(folder / "one.jpg"), str(folder / "deeper/three.jpeg")]
    for command in (["search", "--collection", "staff"], ["detect"]):
        done = visavis.run(*command, "--data", staff.data, "--json", wanted[0], tmp_path / "nowhere.jpg", wanted[1])
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 2 and [line["File"] for line in lines] == wanted
        one = visavis.run(*command, "--data", staff.data, "--json", wanted[0])
        numbers = [face["Confidence"] for face in json.loads(one.stdout).get("FaceDetails", [])]
        assert "E1" not in one.stdout and all(number > 90 for number in numbers), "numbers as the API writes them"


def test_collections_of_another_account_are_reached_by_its_number(staff, portraits, tmp_path):
    theirs = ("--data", staff.data, "--account", "111122223333")
    visavis.run("collections", "create", *theirs, "far", check=0)
    visavis.run("index", *theirs, "--collection", "far", portraits[0], check=0)
    visavis.run("search", *theirs, "--collection", "far", portraits[0], check=0)
    assert visavis.run("collections", "list", *theirs).stdout.split() == ["far"]
    assert sorted(visavis.run("collections", "list", "--data", staff.data).stdout.split()) == ["other", "staff"]
    archive, secret = tmp_path / "far.visavis", tmp_path / "key"
    secret.write_bytes(os.urandom(32))
    visavis.run("collections", "export", *theirs, "far", archive, "--key-file", secret, check=0)
    staff.stop()
    visavis.run("collections", "import", *theirs, "again", archive, "--key-file", secret, check=0)
    assert sorted(visavis.run("collections", "list", *theirs).stdout.split()) == ["again", "far"], "without a server, too"
    refused = visavis.run("collections", "list", "--data", staff.data, "--account", "1234")
    assert refused.returncode == 2 and "1234" in refused.stderr


def test_a_search_is_drawn(staff, folder, tmp_path, two_people):
    assert index(staff, folder).returncode == 0
    (tmp_path / "two.jpg").write_bytes(two_people)
    drawn = tmp_path / "drawn.png"
    done = visavis.run("search", "--data", staff.data, "--collection", "staff", "--draw", drawn, tmp_path / "two.jpg")
    assert done.returncode == 0, done.stderr
    from PIL import Image

    picture, original = Image.open(drawn).convert("RGB"), Image.open(io.BytesIO(two_people))
    assert picture.width >= original.width and picture.height >= original.height
    assert picture.crop((0, 0, *original.size)).tobytes() != original.convert("RGB").tobytes(), "the face is marked"


def test_a_list_of_what_is_done_is_gone_on_with(staff, folder, tmp_path):
    done_list = tmp_path / "done.txt"
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    assert index(staff, "--resume", done_list, folder).returncode == 2
    again = index(staff, "--resume", done_list, folder)
    assert "0 images, 0 faces indexed, 3 images done before" in again.stderr, "what failed is tried again"
    assert again.returncode == 2
    other = index(staff, "--resume", done_list, folder, collection="other")
    assert other.returncode == 2 and "collection/staff of" in other.stderr
    assert faces(staff, "other") == []
    for wrong in (tmp_path, tmp_path / "no" / "where.txt"):
        unwritable = index(staff, "--resume", wrong, folder)
        assert unwritable.returncode == 2 and str(wrong) in unwritable.stderr


def on_a_terminal(data, pictures):
    """(exit code, what stood on the terminal, standard output) of an index run."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([visavis.BINARY, "index", "--data", data, "--collection", "staff", *pictures],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
        printed = process.stdout.read()
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n"), printed


def test_a_terminal_shows_how_far_it_is(staff, portraits):
    """Count, rate and time left while it goes on; then the summary. Where stderr is no terminal, the summary alone."""
    pictures = sorted(portraits[0].parent.glob("*.jpg"))[:6]
    code, shown, printed = on_a_terminal(staff.data, pictures)
    assert code == 0 and printed == b""
    bars, summary = shown.split("\n", 1)
    seen = re.findall(r"\r\[(#*)(\.*)\] (\d)/6  (\d+\.\d)/s  \d+:\d\d left ", bars)
    assert re.sub(r"\r\[#*\.*\] \d/6  \d+\.\d/s  \d+:\d\d left ", "", bars) == "", "nothing else is on that line"
    counts = [int(count) for _, _, count, _ in seen]
    assert counts[0] == 1 and counts == sorted(counts) and counts[-1] == 6
    assert all(len(done) == 30 * int(count) // 6 and len(done + left) == 30 for done, left, count, _ in seen) and float(seen[-1][3]) > 0
    assert bars.endswith("  0:00 left ") and summary == "6 images, 6 faces indexed\n"
    assert index(staff, *pictures).stderr == summary


def test_what_is_refused_stands_above_the_bar(staff, folder):
    broken = folder / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    code, shown, _ = on_a_terminal(staff.data, [folder / "one.jpg", broken])
    assert code != 0
    assert re.search(rf"\r\x1b\[Kerror: {re.escape(str(broken))}: [^\n\r]+\n\r\[", shown), shown
