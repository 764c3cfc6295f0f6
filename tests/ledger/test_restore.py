"""`visavis restore`: the log that is there goes on, and nobody who was erased comes back."""
import json
import shutil
import signal
import subprocess
import time

import pytest

from support import ledger, visavis
from support.routes import signed


def indexed(client, picture, name):
    answer = client.index_faces(CollectionId="c", Image={"Bytes": picture.read_bytes()}, ExternalImageId=name, MaxFaces=1)
    return answer["FaceRecords"][0]["Face"]["FaceId"]


def faces_of(client):
    return {face["FaceId"] for face in client.list_faces(CollectionId="c")["Faces"]}


def records(server_data):
    tail = visavis.run("ledger", "tail", "-n", 1000, "--json", "--log", server_data, check=0).stdout
    return [json.loads(line)["record"] for line in tail.splitlines()]


def size_of(data):
    return int((data / "ledger/checkpoint").read_text().splitlines()[1])


@pytest.fixture
def kept(start_server, portraits, tmp_path):
    """A stopped server with two people, a backup of it, and what happened since: one is erased, a third comes."""
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    erased, stays = indexed(client, portraits[0], "erased"), indexed(client, portraits[2], "stays")
    client.create_user(CollectionId="c", UserId="erased")
    client.associate_faces(CollectionId="c", UserId="erased", FaceIds=[erased])
    found = client.search_faces_by_image(CollectionId="c", Image={"Bytes": portraits[1].read_bytes()})
    search = int(found["ResponseMetadata"]["HTTPHeaders"]["x-visavis-receipt"].split()[0])
    visavis.run("backup", tmp_path / "backup", "--data", server.data, check=0)
    signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": [erased, "erased"]})
    later = indexed(client, portraits[1], "later")
    server.stop()
    return server, {"erased": erased, "stays": stays, "later": later, "search": search}


def test_the_log_that_is_there_goes_on_and_the_erased_stay_erased(kept, tmp_path):
    server, ids = kept
    key = ledger.vkey(server.data / "ledger")
    before = tmp_path / "before"
    shutil.copy(server.data / "ledger/checkpoint", before)
    size = size_of(server.data)

    refused = visavis.run("restore", tmp_path / "backup", "--data", server.data, check=2)
    assert "--replace" in refused.stderr
    done = visavis.run("restore", tmp_path / "backup", "--data", server.data, "--replace", check=0)
    assert "the log that was here stays" in done.stdout
    assert not (server.data / "restore.pending").exists()

    assert size_of(server.data) == size + 1
    code, words = ledger.ours(server.data, "--vkey", key, "--since", before)
    assert code == 0, words
    assert ledger.fsck(server.data / "ledger")[0]
    restored = records(server.data)[-1]
    assert restored["operation"] == "Restored" and restored["restore"]["removed"] == 2  # the face and the user
    assert restored["restore"]["backup"] == json.loads((tmp_path / "backup/backup.json").read_text())["time"]

    server.start()
    client = server.client()
    assert faces_of(client) == {ids["stays"]}  # neither the erased one nor what came after the backup
    assert client.list_users(CollectionId="c")["Users"] == []
    status, opened = signed(server, server.keys(), "POST", f"/v1/receipts/{ids['search']}/open", {})
    assert status == 200 and opened["candidates"][0]["erased"] is True
    assert signed(server, server.keys(), "GET", f"/v1/subjects/c/{ids['erased']}")[1]["receipts"] == []


def test_onto_an_empty_machine_the_backups_log_goes_on(kept, tmp_path, start_server):
    server, ids = kept
    key = ledger.vkey(server.data / "ledger")
    held = json.loads((tmp_path / "backup/backup.json").read_text())["ledger"]
    fresh = tmp_path / "fresh"
    done = visavis.run("restore", tmp_path / "backup", "--data", fresh, check=0)
    assert f"the backup's goes on after its {held} receipts" in done.stdout and "Erasures after that" in done.stdout
    assert "server.key" in done.stdout
    assert not (fresh / "ledger/key").exists()
    for name in ("server.key", "credentials"):
        shutil.copy(server.data / name, fresh / name)
    again = start_server("fresh")
    assert faces_of(again.client()) == {ids["erased"], ids["stays"]}  # nobody told this machine
    again.stop()
    assert (fresh / "ledger/key").stat().st_mode & 0o777 == 0o600 and not (fresh / "ledger/key.sealed").exists()
    assert [record["operation"] for record in records(fresh)][held] == "Restored"
    code, words = ledger.ours(fresh, "--vkey", key, "--since", tmp_path / "backup/ledger/checkpoint")
    assert code == 0, words
    # It is another history than the one that went on: whoever kept a later checkpoint notices.
    assert ledger.ours(fresh, "--vkey", key, "--since", server.data / "ledger/checkpoint")[0] == 1


def test_nothing_secret_is_in_a_backup_unless_asked_for(kept, tmp_path):
    server, _ = kept
    private = (server.data / "ledger/key").read_bytes()
    backup = tmp_path / "backup"
    assert (backup / "ledger/key.sealed").exists()
    for path in backup.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"PRIVATE" not in content and private.strip()[-40:] not in content, path
            assert path.stat().st_mode & 0o077 == 0, path
    visavis.run("backup", "--with-secrets", tmp_path / "all", "--data", server.data, check=0)
    assert (tmp_path / "all/ledger/key").read_bytes() == private and (tmp_path / "all/server.key").exists()
    assert not (tmp_path / "all/ledger/key.sealed").exists()
    visavis.run("restore", tmp_path / "all", "--data", tmp_path / "copy", check=0)
    assert records(tmp_path / "copy")[-1]["operation"] == "Restored"


def test_the_log_of_another_server_or_a_shorter_one_is_refused(kept, tmp_path, start_server):
    server, _ = kept
    other = start_server("other")
    other.stop()
    refused = visavis.run("restore", tmp_path / "backup", "--data", other.data, "--replace")
    assert refused.returncode != 0 and "another server's" in refused.stderr
    older = tmp_path / "older"
    shutil.copytree(server.data, older, ignore=shutil.ignore_patterns("visavis.sock"))
    server.start()
    for _ in range(3):
        server.client().list_faces(CollectionId="c")
    server.stop()
    visavis.run("backup", tmp_path / "newer", "--data", server.data, check=0)
    before = size_of(older)
    refused = visavis.run("restore", tmp_path / "newer", "--data", older, "--replace")
    assert refused.returncode != 0 and "receipts are missing here" in refused.stderr
    assert size_of(older) == before and not (older / "restore.pending").exists()


def test_what_was_withdrawn_stays_withdrawn(kept, tmp_path):
    server, _ = kept
    made = visavis.run("keys", "create", "--data", server.data, "--principal", "anna", "--json", check=0)
    key = json.loads(made.stdout)["access_key_id"]
    visavis.run("backup", tmp_path / "second", "--data", server.data, check=0)
    visavis.run("keys", "revoke", key, "--data", server.data, check=0)
    before = visavis.run("keys", "list", "--json", "--data", server.data, check=0).stdout
    visavis.run("restore", tmp_path / "second", "--data", server.data, "--replace", check=0)
    assert visavis.run("keys", "list", "--json", "--data", server.data, check=0).stdout == before


def test_erasures_that_nobody_remembers_stop_a_restore(kept, tmp_path):
    server, _ = kept
    for path in server.data.glob("openings.db*"):
        path.unlink()
    refused = visavis.run("restore", tmp_path / "backup", "--data", server.data, "--replace")
    assert refused.returncode != 0 and "openings.db" in refused.stderr and "erased somebody" in refused.stderr
    assert not (server.data / "openings.db").exists()


def test_a_restore_that_is_killed_is_finished_before_anything_is_served(kept, tmp_path):
    server, ids = kept
    size = size_of(server.data)
    pending = server.data / "restore.pending"
    cut_short = {True: 0, False: 0}  # by whether everything had been copied
    for number in range(40):
        if min(cut_short.values()) >= 2:
            break
        process = subprocess.Popen([visavis.BINARY, "restore", tmp_path / "backup", "--data", server.data, "--replace"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wanted = cut_short[False] >= 2  # kill it in the copying first, then in the finishing
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            if pending.exists() and json.loads(pending.read_text() or '{"copied": false}')["copied"] == wanted:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not pending.exists():
            continue  # it was faster
        copied = json.loads(pending.read_text())["copied"]
        cut_short[copied] += 1
        if not copied:
            refused = visavis.run("ledger", "subject", "--key", f"c/{ids['stays']}", "--data", server.data)
            assert refused.returncode not in (0, 1) and "cut short" in refused.stderr
    assert min(cut_short.values()) >= 1, f"the kills did not hit both halves: {cut_short}"
    visavis.run("restore", tmp_path / "backup", "--data", server.data, "--replace", check=0)
    server.start()
    assert faces_of(server.client()) == {ids["stays"]}
    server.stop()
    assert ledger.ours(server.data)[0] == 0 and size_of(server.data) > size
