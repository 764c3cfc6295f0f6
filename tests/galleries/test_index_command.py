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
