"""A real witness, torchwood's litewitness, and two logs that claim to be one."""
import base64
import hashlib
import re
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from support import clients, ledger, visavis


@pytest.fixture
def witness(tmp_path):
    """(url, database, verifier key)"""
    clients.need("ledger")
    agent_socket, database = tmp_path / "agent.sock", tmp_path / "witness.db"
    agent = subprocess.Popen([ledger.TOOLS / "ledgercheck", "agent", agent_socket], stdout=subprocess.PIPE, text=True)
    fingerprint = agent.stdout.readline().strip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = open(tmp_path / "witness.log", "wb")
    process = subprocess.Popen([ledger.TOOLS / "litewitness", "-name", "witness.example/w", "-db", database,
                                "-ssh-agent", agent_socket, "-listen", f"127.0.0.1:{port}", "-key", fingerprint],
                               stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=2)
            break
        except OSError:
            assert time.monotonic() < end and process.poll() is None, (tmp_path / "witness.log").read_text()
            time.sleep(0.05)
    key = re.search(r'witness\.example/w\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+', (tmp_path / "witness.log").read_text())[0]
    yield url, database, key
    process.terminate()
    agent.terminate()


def introduce(database, log):
    """Tells the witness about a log, which starts empty."""
    key = ledger.vkey(log)
    empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    with sqlite3.connect(database, timeout=10) as connection:
        connection.execute("INSERT INTO log VALUES (?, 0, ?)", (key.split("+")[0], empty))
        connection.execute("INSERT INTO key VALUES (?, ?)", (key.split("+")[0], key))


def wait_for(condition, what, within=20):
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def receipt(server, blank_picture):
    answer = server.client().detect_faces(Image={"Bytes": blank_picture})
    return int(answer["ResponseMetadata"]["HTTPHeaders"]["x-visavis-receipt"].split()[0])


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def test_checkpoints_are_cosigned_and_a_fork_stops_the_log(witness, start_server, tmp_path, blank_picture):
    url, database, witness_key = witness
    first = start_server("one", "--ledger-origin", "example.org/forked")
    receipt(first, blank_picture)
    first.stop()
    introduce(database, tmp_path / "one/ledger")

    one = start_server("one", "--witness", f"{url} {witness_key}")
    checkpoint = tmp_path / "one/ledger/checkpoint"
    wait_for(lambda: "witness.example/w" in checkpoint.read_text(), "the checkpoint is not cosigned")
    index = receipt(one, blank_picture)
    wait_for(lambda: int(checkpoint.read_text().splitlines()[1]) > index
             and "witness.example/w" in checkpoint.read_text(), "the next checkpoint is not cosigned")

    # The proof carries the cosignature, and torchwood accepts it under both keys.
    proof, entry = tmp_path / "proof", tmp_path / "entry"
    proof.write_bytes(fetch(f"{one.url}/v1/receipts/{index}/proof"))
    entry.write_bytes(fetch(f"{one.url}/v1/receipts/{index}"))
    ok, words = ledger.ledgercheck("proof", proof, entry, ledger.vkey(tmp_path / "one/ledger"), witness_key)
    assert ok, words
    assert ledger.ours(tmp_path / "one", "--witness", witness_key)[0] == 0
    one.stop()

    # Two logs under one key from here on. The witness follows the first; the second is refused.
    shutil.copytree(tmp_path / "one", tmp_path / "two", ignore=shutil.ignore_patterns("visavis.sock"))
    one = start_server("one", "--witness", f"{url} {witness_key}")
    for _ in range(3):
        index = receipt(one, blank_picture)
    wait_for(lambda: int(checkpoint.read_text().splitlines()[1]) > index
             and "witness.example/w" in checkpoint.read_text(), "the first log is not cosigned")
    two = start_server("two", "--witness", f"{url} {witness_key}")

    def refused():
        try:
            receipt(two, blank_picture)
            return False
        except Exception:  # boto3 makes its exceptions as it goes
            return "forked" in two.errors()

    wait_for(refused, "the second log goes on under the first one's key")
    assert "Another copy of this ledger" in two.errors()


def test_a_witness_that_is_away_costs_only_its_signature(start_server, tmp_path, blank_picture):
    server = start_server("data", "--witness", "http://127.0.0.1:9")
    index = receipt(server, blank_picture)
    checkpoint = tmp_path / "data/ledger/checkpoint"
    wait_for(lambda: int(checkpoint.read_text().splitlines()[1]) > index, "no checkpoint without the witness")
    assert receipt(server, blank_picture) == index + 1
    assert "127.0.0.1:9" in server.errors()
