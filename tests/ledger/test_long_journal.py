"""A long journal after a crash: the server answers at once, and nothing is answered from half of the openings."""
import contextlib
import json
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from support import ledger
from support.routes import signed

RECEIPTS = 100_000  # more than a start replays in memory


def backlog(server):
    with urllib.request.urlopen(server.url + "/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith("visavis_ledger_backlog{")}


@contextlib.contextmanager
def held(path):
    """Nobody else can write the database meanwhile."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def crashed(tmp_path, start_server):
    """A data directory whose journal holds 100,000 receipts of which nothing is in tiles."""
    server = start_server("data")
    server.stop()
    key = server.data / "server.key"
    for path in [server.data / "keys.sealed", server.data / "sessions.sealed", server.data / "visavis.db", *server.data.glob("openings.db*")]:
        path.unlink(missing_ok=True)
    for path in sorted((server.data / "ledger").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (server.data / "ledger").rmdir()
    (server.data / "credentials").unlink()
    key.write_bytes(bytes([7]) * 32)  # the writer's
    written = tmp_path / "written"
    with open(written, "wb") as stream:
        writer = subprocess.Popen([ledger.WRITER, server.data, "64", str(2 ** 62), str(2 ** 40), "3600000"], stdout=stream)
        end = time.monotonic() + 240
        while written.stat().st_size < RECEIPTS * 43 and time.monotonic() < end:
            time.sleep(0.1)
        writer.kill()
        writer.wait()
    acknowledged = ledger.acknowledged(written.read_text())
    assert len(acknowledged) > RECEIPTS
    assert sum(path.stat().st_size for path in (server.data / "ledger/journal").iterdir()) > 80_000_000
    return server, dict(acknowledged)


def test_a_long_journal_is_worked_off_while_the_server_answers(crashed):
    server, acknowledged = crashed
    with held(server.data / "openings.db"):
        for start in ("after the crash", "after another in the middle of it"):
            server.start()
            assert backlog(server)["openings"] >= len(acknowledged), start
            # An erasure that looked now would miss what is only in the journal.
            erasure = signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": ["nobody"]})
            opening = signed(server, server.keys(), "POST", f"/v1/receipts/{len(acknowledged) - 1}/open", {})
            subject = signed(server, server.keys(), "GET", "/v1/subjects/c/nobody")
            report = signed(server, server.keys(), "GET", "/v1/ledger/report?from=2026-01-01&to=2036-01-01")
            for status, answer in (erasure, opening, subject, report):
                assert status == 503 and "journal" in json.dumps(answer), answer
            server.client().create_collection(CollectionId=start.replace(" ", "-"))  # leaves a receipt, and is answered
            assert server.wait_for_log(event="ledger_backlog")[0]["openings"] != "0"
            server.kill()
    server.start()
    end = time.monotonic() + 300
    while sum(backlog(server).values()) > 0 and time.monotonic() < end:
        time.sleep(0.2)
    assert backlog(server) == {"tiles": 0, "openings": 0}
    assert len(server.client().list_collections()["CollectionIds"]) == 2
    for index in (0, len(acknowledged) // 2, max(acknowledged)):
        status, opened = signed(server, server.keys(), "POST", f"/v1/receipts/{index}/open", {})
        assert status == 200 and opened["record"]["id"] == acknowledged[index], opened
    assert signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": ["nobody"]})[0] == 200
    server.stop()
    assert sum(path.stat().st_size for path in (server.data / "ledger/journal").iterdir()) < 10_000
    code, words = ledger.ours(server.data)
    assert code == 0, words
    assert ledger.fsck(server.data / "ledger")[0]
