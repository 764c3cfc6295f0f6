"""kill -9 under eight writers: nothing acknowledged is missing, and every earlier checkpoint is a beginning of the log."""
import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import time

import pytest

from support import ledger

ROUNDS = 100 if os.environ.get("VISAVIS_TEST_LONG") == "1" else 10


@pytest.mark.parametrize("replayed", ["in memory", "in the background"])
def test_kill_9_loses_nothing_acknowledged(tmp_path, replayed):
    # With next to no memory for it, every start works its journal off beside the writers, and is killed there.
    limit = [str(2 ** 62), "1"] if replayed == "in the background" else []
    chance = random.Random(7)
    kept = {}
    checkpoints = []
    for round_number in range(ROUNDS):
        output = tmp_path / "acknowledged"
        with open(output, "wb") as stream:
            process = subprocess.Popen([ledger.WRITER, tmp_path, "8", *limit], stdout=stream, stderr=subprocess.PIPE)
            end = time.monotonic() + 20
            while output.stat().st_size == 0 and time.monotonic() < end and process.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.uniform(0.02, 0.6))
            assert process.poll() is None, process.stderr.read()
            process.kill()
            process.wait()
        fresh = ledger.acknowledged(output.read_text())
        assert fresh, f"round {round_number}: nothing was written before the kill"
        for index, name in fresh:
            assert index not in kept, f"round {round_number}: index {index} was given twice"
            kept[index] = name
        copy = tmp_path / f"checkpoint-{round_number}"
        shutil.copy(tmp_path / "ledger/checkpoint", copy)
        checkpoints.append(copy)
    ledger.write(tmp_path, 1, 1)  # replays what the last kill left, and ends in order
    key = ledger.vkey(tmp_path / "ledger")
    entries = ledger.all_entries(tmp_path / "ledger")
    missing = [index for index, name in kept.items() if index >= len(entries) or name not in entries[index]]
    assert not missing, f"{len(missing)} of {len(kept)} acknowledged receipts are gone, first {missing[:5]}"
    with contextlib.closing(sqlite3.connect(tmp_path / "openings.db")) as openings:
        opened = dict(openings.execute("SELECT receipt, id FROM opening"))
    unopened = [index for index, name in kept.items() if opened.get(index) != name]
    assert not unopened, f"{len(unopened)} acknowledged receipts have no openings, first {unopened[:5]}"
    assert ledger.fsck(tmp_path / "ledger")[0]
    for copy in checkpoints:
        code, words = ledger.ours(tmp_path, "--vkey", key, "--since", copy)
        assert code == 0, words
        ok, words = ledger.ledgercheck("since", tmp_path / "ledger", key, copy)
        assert ok, words
