"""`visavis bench search` measures a real index and says whether its answers were exact."""
import json
import pathlib
import struct
import subprocess

import pytest

from support import visavis


def bench(*arguments):
    command = [str(visavis.BINARY), "bench", "search", "--rounds", "4", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [["--dim", 128], ["--dim", 512, "--threads", 2], ["--weighted", "--threshold", 4]])
def test_answers_equal_float(arguments):
    done = bench("--faces", 70_000, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["equal_to_float"] is True
    assert figures["faces"] == 70_000
    for name in ["search_ms", "read_ms", "batch_of_8_ms"]:
        assert 0 < figures[name]["least"] <= figures[name]["median"] <= figures[name]["p95"]
    groups = -(-figures["dim"] // 32) * 4
    assert figures["scanned_bytes"] == -(-70_000 // 32) * (64 + 128 * groups), "as docs/formats/index.md says"


@pytest.mark.parametrize("kernel", ["scalar", "sse4.2", "avx2", "avx512vnni", "avx512vbmi"])
def test_every_kernel_gives_the_same_answers(tmp_path, kernel):
    answers = []
    for name in ["scalar", kernel]:
        done = bench("--faces", 5000, "--threshold", -1, "--kernel", name, "--answers", tmp_path / name)
        if "has no search kernel" in done.stderr:
            pytest.skip(f"this processor has no {name}")
        assert done.returncode == 0, done.stderr
        answers.append((tmp_path / name).read_text())
    assert answers[0] == answers[1]
    assert len(answers[0].splitlines()) == 4


def test_searches_templates_from_files(tmp_path):
    rows = [[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0]]
    (tmp_path / "faces").write_bytes(struct.pack("<9f", *sum(rows, [])))
    (tmp_path / "queries").write_bytes(struct.pack("<3f", 0, 1, 0))
    done = bench("--dim", 3, "--threshold", 0.5, "--faces-file", tmp_path / "faces", "--queries-file", tmp_path / "queries",
                 "--answers", tmp_path / "answers")
    assert done.returncode == 0, done.stderr
    assert [pair.split(":")[0] for pair in (tmp_path / "answers").read_text().split()] == ["1", "2"]


def test_cold_start_finds_its_file_and_removes_it(tmp_path):
    done = bench("--faces", 3000, "--snapshot", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["cold_start_seconds"] > 0
    assert figures["file_bytes_per_face"] == pytest.approx((8192 + 12 * 172_032) / 3000), "docs/formats/index.md"
    assert list(pathlib.Path(tmp_path).iterdir()) == []


@pytest.mark.parametrize("arguments, words", [
    (["--kernel", "abacus"], "abacus"),
    (["--faces", 0], "--faces"),
    (["--faces-file", "/nowhere"], "both or not at all"),
    (["--faces-file", "/nowhere", "--queries-file", "/nowhere"], "/nowhere"),
])
def test_says_what_it_cannot_use(arguments, words):
    done = bench(*arguments)
    assert done.returncode == 2
    assert words in done.stdout + done.stderr
