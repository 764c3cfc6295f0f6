"""The log's files, held against verifiers that others wrote."""
import base64
import json
import random
import shutil
import subprocess

import pytest

from support import clients, ledger, visavis
from support.ledger import all_entries, bundle

SIZE = 700  # two full bundles and a partial one
EARLIER = 600  # of a checkpoint whose partial files are still there


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("log")
    ledger.write(directory, 4, EARLIER)
    ledger.write(directory, 4, SIZE - EARLIER)
    return directory


@pytest.fixture
def log(written, tmp_path):
    """A copy that a test may damage."""
    shutil.copytree(written / "ledger", tmp_path / "ledger")
    return tmp_path / "ledger"


def flip(path, at, bit=0x01):
    content = bytearray(path.read_bytes())
    content[at] ^= bit
    path.write_bytes(content)


def test_everyone_finds_the_log_in_order(log):
    key = ledger.vkey(log)
    assert ledger.ours(log, "--vkey", key)[0] == 0
    assert ledger.ledgercheck("log", log, key)[0]
    assert ledger.fsck(log)[0]


def test_vectors_are_those_of_gos_prover():
    clients.need("ledger")
    ok = subprocess.run([ledger.TOOLS / "ledgercheck", "vectors", "5000"], capture_output=True, text=True, timeout=300)
    assert ok.stdout == (visavis.ROOT / "tests/vectors/ledger/proofs.txt").read_text()


# Hashes and entries, full and partial, both levels, and what an earlier checkpoint left, which fsck does not read.
LEFT_OVER = ["tile/0/002.p/88", "tile/entries/002.p/88"]


@pytest.mark.parametrize("name", ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/000",
                                  "tile/entries/001", "tile/entries/002.p/188", *LEFT_OVER, "checkpoint"])
def test_a_flipped_byte_is_noticed_by_everyone(log, name):
    key = ledger.vkey(log)
    path = log / name
    content = path.read_bytes()
    chance = random.Random(name)
    # The checkpoint's base64 ends in bits that carry nothing; ours refuses those too, Go's decoder ignores them.
    places = [at for at in range(len(content)) if content[at + 1:at + 2] != b"="]
    for at in (0, len(content) - 2, *chance.sample(places, 6)):
        bit = 1 << chance.randrange(8)
        flip(path, at, bit)
        code, words = ledger.ours(log, "--vkey", key)
        assert code == 1, (at, bit, words)
        assert not ledger.ledgercheck("log", log, key)[0], (at, bit)
        assert name in LEFT_OVER or not ledger.fsck(log)[0], (at, bit)
        flip(path, at, bit)
    assert path.read_bytes() == content and ledger.fsck(log)[0]


def test_a_flipped_byte_of_an_acknowledged_record_in_the_journal_is_noticed(tmp_path):
    """Of receipts that no checkpoint covers; the journal is ours alone, so nobody else reads it."""
    with open(tmp_path / "acknowledged", "wb") as stream:
        writer = subprocess.Popen([ledger.WRITER, tmp_path, "4", str(2 ** 62), str(2 ** 40), "3600000"], stdout=stream)
        while len(ledger.acknowledged((tmp_path / "acknowledged").read_text())) < 100:
            assert writer.poll() is None
        writer.kill()
        writer.wait()
    journal, = (tmp_path / "ledger/journal").glob("*.journal")
    told = int.from_bytes((tmp_path / "ledger/journal/acknowledged").read_bytes()[:8], "little")
    content, begin, groups = journal.read_bytes(), 24, []
    while int.from_bytes(content[begin + 8:begin + 16], "little") < told and content[begin:begin + 4] == b"VJG1":
        groups.append((begin, 52 + int.from_bytes(content[begin + 4:begin + 8], "little")))
        begin += groups[-1][1]
    assert len(groups) > 2 and ledger.ours(tmp_path)[0] == 0
    chance = random.Random(5)
    for begin, length in (groups[0], groups[len(groups) // 2], groups[-1]):
        for at in (0, 4, 8, 16, 20, 52, *chance.sample(range(52, length), 3)):
            flip(journal, begin + at, 1 << chance.randrange(8))
            code, words = ledger.ours(tmp_path)
            assert code == 1, (begin, at, words)
            journal.write_bytes(content)
    assert ledger.ours(tmp_path)[0] == 0


def test_what_is_said_about_damage_is_text(log):
    """What a damaged checkpoint holds is quoted; that makes the answer neither invalid UTF-8 nor invalid JSON."""
    root = (log / "checkpoint").read_bytes().splitlines()[2]
    flip(log / "checkpoint", (log / "checkpoint").read_bytes().index(root), 0x80)
    said = json.loads(visavis.run("ledger", "verify", log, "--json", check=1).stdout)
    assert said["verdict"] == "invalid" and "checkpoint" in said["reason"]


def test_every_byte_of_the_checkpoint_counts(log):
    key = ledger.vkey(log)
    path = log / "checkpoint"
    for at in range(path.stat().st_size):
        flip(path, at)
        assert ledger.ours(log, "--vkey", key)[0] == 1, at
        flip(path, at)


def write_bundle(path, entries):
    path.write_bytes(b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries))


@pytest.mark.parametrize("change", ["dropped", "reordered", "duplicated"])
def test_changed_order_is_noticed_by_everyone(log, change):
    key = ledger.vkey(log)
    path = log / "tile/entries/000"
    entries = bundle(path)
    if change == "dropped":
        del entries[17]
    elif change == "reordered":
        entries[17], entries[18] = entries[18], entries[17]
    else:
        entries[18] = entries[17]
    write_bundle(path, entries)
    assert ledger.ours(log, "--vkey", key)[0] == 1
    assert not ledger.ledgercheck("log", log, key)[0]
    assert not ledger.fsck(log)[0]


def test_proofs_are_the_same_for_everyone_and_damage_is_noticed(written, tmp_path):
    key = ledger.vkey(written / "ledger")
    for index in (0, 255, 256, 511, SIZE - 1):
        proof, entry = tmp_path / "proof", tmp_path / "entry"
        proof.write_text(visavis.run("ledger", "prove", index, "--log", written, check=0).stdout)
        entry.write_text(visavis.run("ledger", "show", index, "--raw", "--log", written, check=0).stdout)
        check = ["ledger", "prove", "--check", proof, "--entry", entry, "--vkey", key]
        visavis.run(*check, check=0)
        assert ledger.ledgercheck("proof", proof, entry, key)[0]
        for path in (proof, entry):
            size = path.stat().st_size
            # The base64 of hashes and signature ends in bits that carry nothing; ours refuses those too, Go's ignores them.
            for at in {0, 1, size // 7, size // 5, size // 3, size // 2, size * 2 // 3, size * 3 // 4, size - 40}:
                flip(path, at)
                visavis.run(*check, check=1)
                assert not ledger.ledgercheck("proof", proof, entry, key)[0], (path.name, at)
                flip(path, at)


def test_bytes_all_over_proof_and_receipt_count(written, tmp_path):
    key = ledger.vkey(written / "ledger")
    proof, entry = tmp_path / "proof", tmp_path / "entry"
    proof.write_text(visavis.run("ledger", "prove", 300, "--log", written, check=0).stdout)
    entry.write_text(visavis.run("ledger", "show", 300, "--raw", "--log", written, check=0).stdout)
    for path in (proof, entry):
        for at in range(0, path.stat().st_size, 17):
            flip(path, at)
            visavis.run("ledger", "prove", "--check", proof, "--entry", entry, "--vkey", key, check=1)
            flip(path, at)


def test_cannot_tell_is_neither_valid_nor_invalid(tmp_path):
    assert ledger.ours(tmp_path)[0] == 4
    assert ledger.ours("http://127.0.0.1:9")[0] == 4


def test_another_key_is_invalid(log):
    other = "example.org/kill-test+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode()
    assert ledger.ours(log, "--vkey", other)[0] == 2  # the id does not fit the key
    code, words = ledger.ours(log, "--vkey", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert code == 1, words


def test_history_continues_and_a_rewritten_one_is_noticed(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    ledger.write(one, 2, 300)
    earlier = tmp_path / "earlier"
    shutil.copy(one / "ledger/checkpoint", earlier)
    shutil.copytree(one, other)  # from here on two logs under one key
    key = ledger.vkey(one / "ledger")
    ledger.write(one, 2, 300)
    assert ledger.ours(one, "--vkey", key, "--since", earlier)[0] == 0
    assert ledger.ledgercheck("since", one / "ledger", key, earlier)[0]

    code, words = ledger.ours(other, "--vkey", key, "--since", one / "ledger/checkpoint")
    assert code == 1 and "dropped" in words
    ledger.write(other, 2, 300)
    assert ledger.ours(other, "--vkey", key, "--since", earlier)[0] == 0
    code, words = ledger.ours(other, "--vkey", key, "--since", one / "ledger/checkpoint")
    assert code == 1 and "rewritten" in words
    assert not ledger.ledgercheck("since", other / "ledger", key, one / "ledger/checkpoint")[0]


def test_a_full_disk_is_said_clearly_and_loses_nothing(tmp_path):
    """A file-size limit stands for the full disk: the same write fails, without root and without a file system."""
    ledger.write(tmp_path, 2, 20)
    done = subprocess.run(["bash", "-c", f"trap '' XFSZ; ulimit -f 64; exec {ledger.WRITER} {tmp_path} 4 100000"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 4
    assert "cannot write" in done.stderr or "full" in done.stderr, done.stderr
    kept = ledger.acknowledged(done.stdout)
    code, words = ledger.ours(tmp_path)
    assert code == 0, words
    ids = {}
    ledger.write(tmp_path, 1, 1)
    for number, entry in enumerate(all_entries(tmp_path / "ledger")):
        ids[number] = entry
    for index, name in kept:
        assert name in ids[index]
