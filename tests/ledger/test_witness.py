"""A real witness, torchwood's litewitness, and two logs that claim to be one."""
import base64
import hashlib
import http.server
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

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


def fetch(url, within=20):
    """What is there, once it is: a 503 with Retry-After says that it soon will be."""
    end = time.monotonic() + within
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code != 503 or "Retry-After" not in error.headers or time.monotonic() > end:
                raise
        time.sleep(0.1)


def size_of(checkpoint):
    return int(checkpoint.read_text().splitlines()[1])


@pytest.fixture
def go_on(tmp_path, start_server, blank_picture):
    """go_on(data, receipts): so many more, without a server and without a witness."""
    picture = tmp_path / "blank.jpg"
    picture.write_bytes(blank_picture)

    def grow(data, receipts):
        if not data.exists():
            start_server(data.name).stop()
            receipts -= 1  # of the root key
        visavis.run("detect", *[picture] * receipts, "--data", data, check=1)  # no face in it

    return grow


def bytes_all_over_the_cosignature_count(log, proof, entry, witness_key):
    key = ledger.vkey(log)
    checks = {log / "checkpoint": [lambda: ledger.ours(log, "--vkey", key, "--witness", witness_key)[0] == 1],
              proof: [lambda: not ledger.ledgercheck("proof", proof, entry, key, witness_key)[0],
                      lambda: visavis.run("ledger", "prove", "--check", proof, "--entry", entry, "--vkey", key, "--witness", witness_key,
                                          check=1)]}
    for path, noticed in checks.items():
        content = path.read_bytes()
        begin = content.index("\n— witness.example/w ".encode()) + 1
        end = content.index(b"=", begin) - 1  # the last letter of base64 has bits that carry nothing for Go
        for at in range(begin, end, 5):
            path.write_bytes(content[:at] + bytes([content[at] ^ 2]) + content[at + 1:])
            assert all(check() for check in noticed), (path.name, content[begin:at])
        path.write_bytes(content)
        assert not any(check() for check in noticed[:1]), path.name


def stopped_by_a_fork(server, data, blank_picture, why):
    """The log stops with a plain message, takes no receipt and publishes nothing more; what it had published stands."""
    checkpoint = data / "ledger/checkpoint"
    before = checkpoint.read_text()
    wait_for(lambda: "the ledger has forked" in server.errors(), "no fork is noticed")
    assert re.search(why + r"\. Another copy of this ledger has published under the same key", server.errors()), server.errors()
    for _ in range(2):
        with pytest.raises(ClientError, match="InternalServerError"):  # what is wrong stands in the operator's log
            receipt(server, blank_picture)
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(server.url + "/health/ready")
    assert told.value.code == 503
    urllib.request.urlopen(server.url + "/health/live").close()
    server.stop()
    assert checkpoint.read_text() == before
    code, words = ledger.ours(data)
    assert code == 0 and f"all {size_of(checkpoint)} receipts" in words, words


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
    wait_for(lambda: size_of(checkpoint) > index and "witness.example/w" in checkpoint.read_text(), "the next checkpoint is not cosigned")

    # The proof carries the cosignature, and torchwood accepts it under both keys.
    proof, entry = tmp_path / "proof", tmp_path / "entry"
    proof.write_bytes(fetch(f"{one.url}/v1/receipts/{index}/proof"))
    entry.write_bytes(fetch(f"{one.url}/v1/receipts/{index}"))
    ok, words = ledger.ledgercheck("proof", proof, entry, ledger.vkey(tmp_path / "one/ledger"), witness_key)
    assert ok, words
    assert ledger.ours(tmp_path / "one", "--witness", witness_key)[0] == 0
    one.stop()
    bytes_all_over_the_cosignature_count(tmp_path / "one/ledger", proof, entry, witness_key)

    # Two logs under one key from here on. The witness follows the first; the second is refused.
    shutil.copytree(tmp_path / "one", tmp_path / "two", ignore=shutil.ignore_patterns("visavis.sock"))
    one = start_server("one", "--witness", f"{url} {witness_key}")
    for _ in range(3):
        index = receipt(one, blank_picture)
    wait_for(lambda: size_of(checkpoint) > index and "witness.example/w" in checkpoint.read_text(), "the first log is not cosigned")
    two = start_server("two", "--witness", f"{url} {witness_key}")
    common = (tmp_path / "two/ledger/checkpoint").read_text()
    receipt(two, blank_picture)  # the witness is asked afterwards
    stopped_by_a_fork(two, tmp_path / "two", blank_picture, r"has seen \d+ entries, more than the \d+ here")
    assert (tmp_path / "two/ledger/checkpoint").read_text() == common


def test_a_fork_of_the_same_size_or_a_longer_one_is_refused(witness, start_server, go_on, tmp_path, blank_picture):
    """Copies of a data directory go on, each its own way; the witness follows the one that it sees first."""
    url, database, witness_key = witness
    go_on(tmp_path / "one", 2)
    introduce(database, tmp_path / "one/ledger")
    for name in ("same size", "longer"):
        shutil.copytree(tmp_path / "one", tmp_path / name, symlinks=True)
    for name, receipts in (("one", 2), ("same size", 2), ("longer", 5)):
        go_on(tmp_path / name, receipts)
    one = start_server("one", "--witness", f"{url} {witness_key}")
    checkpoint = tmp_path / "one/ledger/checkpoint"
    wait_for(lambda: "witness.example/w" in checkpoint.read_text(), "the first log is not cosigned")
    sizes = [size_of(tmp_path / name / "ledger/checkpoint") for name in ("one", "same size", "longer")]
    assert sizes == [4, 4, 7]
    for name in ("same size", "longer"):
        other = start_server(name, "--witness", f"{url} {witness_key}", awaits="/health/live")  # soon ready no more
        stopped_by_a_fork(other, tmp_path / name, blank_picture, "finds that our history does not continue the one it has seen")
        assert "witness.example" not in (tmp_path / name / "ledger/checkpoint").read_text()
    index = receipt(one, blank_picture)
    wait_for(lambda: size_of(checkpoint) > index and "witness.example/w" in checkpoint.read_text(), "the first log has stopped")


class StandInWitness(http.server.ThreadingHTTPServer):
    """Has seen another tree of so many entries. For a tree of the same size C2SP's tlog-witness demands 409 and leaves the body
    open: transparency-dev's witness sends none (litewitness answers 422)."""

    def __init__(self, size, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                old = int(self.rfile.read(int(self.headers["Content-Length"])).split(b"\n")[0].removeprefix(b"old "))
                said = body if old == size else f"{size}\n".encode()
                self.send_response(409)
                if said:
                    self.send_header("Content-Type", "text/x.tlog.size")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("body", [b"3\n", b""])
def test_a_fork_is_one_for_a_witness_that_answers_conflict(start_server, go_on, tmp_path, blank_picture, body):
    go_on(tmp_path / "data", 3)
    with StandInWitness(3, body) as witness:
        server = start_server("data", "--witness", f"http://127.0.0.1:{witness.server_port}", awaits="/health/live")
        stopped_by_a_fork(server, tmp_path / "data", blank_picture, "has seen another tree of 3 entries")


def test_a_witness_that_is_away_costs_only_its_signature(start_server, tmp_path, blank_picture):
    server = start_server("data", "--witness", "http://127.0.0.1:9")
    index = receipt(server, blank_picture)
    checkpoint = tmp_path / "data/ledger/checkpoint"
    wait_for(lambda: size_of(checkpoint) > index, "no checkpoint without the witness")
    assert receipt(server, blank_picture) == index + 1
    assert "127.0.0.1:9" in server.errors()
