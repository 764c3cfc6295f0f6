"""`visavis backup` beside a server that writes, `visavis restore`, and what `visavis doctor` says."""
import json
import shutil
import threading

from support import visavis


def test_a_backup_beside_a_running_server_is_whole(start_server, portraits, tmp_path):
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    image = {"Bytes": portraits[0].read_bytes()}
    before = [client.index_faces(CollectionId="c", Image=image, ExternalImageId=f"b{i}", MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"] for i in range(5)]
    stop, count = threading.Event(), [0]

    def write():
        own = server.client()
        while not stop.is_set():
            own.index_faces(CollectionId="c", Image=image, ExternalImageId=f"w{count[0]}", MaxFaces=1)
            count[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    (server.data / "server.key.0123456789ab.tmp").write_bytes(b"what a crash left")
    done = visavis.run("backup", tmp_path / "backup", "--data", server.data)
    stop.set()
    writer.join()
    assert done.returncode == 0, done.stderr
    copied = {path.name for path in (tmp_path / "backup").rglob("*")}
    assert not [name for name in copied if name.endswith(".tmp")]
    assert "visavis.db" in copied and "server.key" not in copied and "credentials" not in copied
    assert not [path for path in (tmp_path / "backup").rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    again = visavis.run("backup", tmp_path / "backup", "--data", server.data)
    assert again.returncode == 2 and "not empty" in again.stderr

    restored = tmp_path / "restored"
    assert visavis.run("restore", tmp_path / "backup", "--data", restored).returncode == 0
    assert visavis.run("restore", tmp_path / "backup", "--data", restored).returncode == 2
    for name in ("server.key", "credentials"):
        shutil.copy(server.data / name, restored / name)
    findings = {}
    for data in (server.data, restored):  # beside a server it compares nothing, and says so
        told = visavis.run("doctor", "--data", data, "--json")
        findings = {finding["what"]: finding for finding in json.loads(told.stdout)["findings"]}
        assert findings["collections"]["good"] and findings["collections"]["looked_at"] == (data == restored), findings
    assert "database and index agree" in findings["collections"]["words"]
    other = start_server("restored").client()
    faces = [face["FaceId"] for face in other.list_faces(CollectionId="c")["Faces"]]
    assert faces[:5] == before and len(faces) <= 5 + count[0] + 1
    found = other.search_faces_by_image(CollectionId="c", Image=image)["FaceMatches"]
    assert {match["Face"]["FaceId"] for match in found} == set(faces)


def test_doctor_finds_a_damaged_row(start_server, portraits):
    import sqlite3

    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    client.index_faces(CollectionId="c", Image={"Bytes": portraits[0].read_bytes()}, MaxFaces=1)
    server.stop()
    database = sqlite3.connect(server.data / "visavis.db")
    database.execute("UPDATE faces SET template = zeroblob(length(template))")
    database.commit()
    database.close()
    told = visavis.run("doctor", "--data", server.data, "--json")
    findings = {finding["what"]: finding for finding in json.loads(told.stdout)["findings"]}
    assert told.returncode == 1 and not findings["collections"]["good"]
    assert "altered or moved" in findings["collections"]["words"]


def test_nothing_written_after_others_looked_is_lost(start_server, portraits, tmp_path):
    """A process that opens and closes a database of a running server must not take its write-ahead log away."""
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    image = {"Bytes": portraits[0].read_bytes()}
    assert visavis.run("cases", "open", "2026-1", "--purpose", "missing-child", "--reason", "gone since Monday",
                       "--data", server.data).returncode == 0
    for words in (["backup", tmp_path / "backup"], ["doctor"],
                  ["policy", "explain", "--principal", "root", "--action", "SearchFaces", "--case", "2026-1"]):
        done = visavis.run(*words, "--data", server.data)
        assert done.returncode in (0, 1), done.stderr  # 1: a finding, a refusal; never wrong use
    face = client.index_faces(CollectionId="c", Image=image, MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"]
    assert visavis.run("cases", "open", "2026-2", "--purpose", "missing-child", "--reason", "gone since Tuesday",
                       "--data", server.data).returncode == 0
    assert all((server.data / name).exists() for name in ("visavis.db-wal", "policy.db-wal", "openings.db-wal"))
    server.kill()
    again = start_server("data").client()
    assert [one["FaceId"] for one in again.list_faces(CollectionId="c")["Faces"]] == [face]
    listed = visavis.run("cases", "list", "--data", server.data)
    assert "2026-1" in listed.stdout and "2026-2" in listed.stdout, listed.stdout + listed.stderr
