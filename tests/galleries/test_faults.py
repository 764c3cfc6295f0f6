"""What must survive: a full disk, a directory that cannot be written, damaged files, deletions cut short."""
import concurrent.futures
import contextlib
import os
import pathlib
import socket
import sqlite3
import subprocess
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from support import visavis
from support.calls import all_faces, code_of
from support.full_disk import fill


def test_a_full_disk_is_told_and_loses_nothing(mount_disk, tmp_path, faces):
    small_disk = mount_disk(tmp_path / "disk", "12m")
    with visavis.Server(small_disk / "data") as server:
        client = server.client()
        client.create_collection(CollectionId="c")
        first = client.index_faces(CollectionId="c", Image={"Bytes": faces[0]}, ExternalImageId="first")["FaceRecords"][0]["Face"]["FaceId"]
        filler = fill(small_disk)
        failed = 0
        for i in range(60):
            try:
                client.index_faces(CollectionId="c", Image={"Bytes": faces[1]}, ExternalImageId=f"full-{i}")
            except ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 500
                failed += 1
                if failed > 3:
                    break
        assert failed > 0
        assert first in all_faces(client, "c"), "what was there is still read"
        filler.unlink()
        client.index_faces(CollectionId="c", Image={"Bytes": faces[2]}, ExternalImageId="after")
        count = client.describe_collection(CollectionId="c")["FaceCount"]
        assert count == len(all_faces(client, "c"))
        server.stop()
    with visavis.Server(small_disk / "data") as server:
        assert len(all_faces(server.client(), "c")) == count


def test_a_second_process_is_refused(start_server):
    server = start_server("data")
    done = visavis.run("serve", "--listen", "127.0.0.1:0", "--data", server.data)
    assert done.returncode == 4 and str(server.data) in done.stderr


@pytest.mark.parametrize("damage", ["truncate", "garbage", "remove", "flip"])
def test_a_damaged_index_file_is_made_anew(start_server, faces, damage):
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    made = {client.index_faces(CollectionId="c", Image={"Bytes": image}, MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"] for image in faces}
    before = client.search_faces_by_image(CollectionId="c", Image={"Bytes": faces[0]}, FaceMatchThreshold=0)["FaceMatches"]
    server.stop()
    files = list((server.data / "index").glob("*.faces"))
    assert len(files) == 1
    content = files[0].read_bytes()
    if damage == "truncate":
        files[0].write_bytes(content[:len(content) // 2])
    elif damage == "garbage":
        files[0].write_bytes(os.urandom(len(content)))
    elif damage == "flip":
        middle = len(content) * 3 // 4
        files[0].write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:])
    else:
        files[0].unlink()
    client = start_server("data").client()
    after = client.search_faces_by_image(CollectionId="c", Image={"Bytes": faces[0]}, FaceMatchThreshold=0)["FaceMatches"]
    assert {match["Face"]["FaceId"] for match in after} == made
    assert after == before


def test_another_server_key_is_told(start_server):
    server = start_server("data")
    server.client().create_collection(CollectionId="c")
    server.stop()
    (server.data / "keys.sealed").unlink()
    (server.data / "server.key").write_bytes(os.urandom(32))
    done = visavis.run("collections", "list", "--data", server.data)
    assert done.returncode == 4 and "server.key" in done.stderr


def test_lost_access_keys_are_told(start_server):
    server = start_server("data")
    server.client().create_collection(CollectionId="c")
    old = server.keys()
    assert "First start" in server.banner and "keys.sealed" not in server.banner
    server.stop()
    (server.data / "keys.sealed").unlink()
    again = start_server("data")
    assert "First start" not in again.banner and "keys.sealed" in again.banner
    assert again.client().list_collections()["CollectionIds"] == ["c"]
    assert code_of(again.client(*old).list_collections) == "UnrecognizedClientException"


def test_a_first_start_that_fails_makes_no_key_that_nobody_sees(tmp_path, start_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = visavis.run("serve", "--data", tmp_path / "data", "--listen", listen)
        assert done.returncode == 4 and listen in done.stderr
        assert not (tmp_path / "data" / "credentials").exists()
    server = start_server("data")
    assert server.keys()[1] in server.banner
    assert server.client().list_collections()["CollectionIds"] == []


def test_a_server_key_behind_a_link_lies_where_the_link_points(tmp_path, start_server):
    elsewhere = tmp_path / "another disk"
    for folder in (elsewhere, tmp_path / "data"):
        folder.mkdir(mode=0o700)
    (elsewhere / "link").symlink_to("server.key")  # a chain, of which one is relative
    (tmp_path / "data" / "server.key").symlink_to(elsewhere / "link")
    server = start_server("data")
    server.client().create_collection(CollectionId="c")
    server.stop()
    key = elsewhere / "server.key"
    assert (tmp_path / "data" / "server.key").is_symlink() and (elsewhere / "link").is_symlink()
    assert key.stat().st_size == 32 and key.stat().st_mode & 0o777 == 0o600
    key.rename(tmp_path / "unmounted")
    done = visavis.run("collections", "list", "--data", server.data)
    assert done.returncode != 0 and str(key) in done.stderr and not key.exists()
    lacking = visavis.run("backup", "--with-secrets", tmp_path / "lacking", "--data", server.data)
    assert lacking.returncode != 0 and str(key) in lacking.stderr, "it would not hold the key"
    (tmp_path / "unmounted").rename(key)
    assert start_server("data").client().list_collections()["CollectionIds"] == ["c"]

    visavis.run("backup", "--with-secrets", tmp_path / "backup", "--data", server.data, check=0)
    (tmp_path / "restored").mkdir(mode=0o700)
    (tmp_path / "restored" / "server.key").symlink_to(elsewhere / "restored.key")
    visavis.run("restore", tmp_path / "backup", "--data", tmp_path / "restored", check=0)
    assert (tmp_path / "restored" / "server.key").is_symlink() and (elsewhere / "restored.key").read_bytes() == key.read_bytes()


def test_deleting_a_collection_during_searches(start_server, faces):
    client = start_server("data").client()
    for round_ in range(3):
        name = f"c{round_}"
        client.create_collection(CollectionId=name)
        for image in faces:
            client.index_faces(CollectionId=name, Image={"Bytes": image})
        codes = set()

        def search():
            for _ in range(12):
                try:
                    client.search_faces_by_image(CollectionId=name, Image={"Bytes": faces[0]})
                except ClientError as error:
                    codes.add(error.response["Error"]["Code"])

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(search) for _ in range(4)]
            time.sleep(0.1)
            client.delete_collection(CollectionId=name)
            for job in jobs:
                job.result()
        assert codes <= {"ResourceNotFoundException"}
        assert client.list_collections()["CollectionIds"] == []


def test_a_thousand_collections(start_server, faces):
    server = start_server("data")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        clients = [server.client() for _ in range(8)]
        list(pool.map(lambda i: clients[i % 8].create_collection(CollectionId=f"c{i}"), range(1000)))
    client = server.client()
    pages = client.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 300})
    assert {name for page in pages for name in page["CollectionIds"]} == {f"c{i}" for i in range(1000)}
    client.index_faces(CollectionId="c999", Image={"Bytes": faces[0]})
    server.stop()
    client = start_server("data").client()
    assert len(client.search_faces_by_image(CollectionId="c999", Image={"Bytes": faces[0]})["FaceMatches"]) == 1
    assert client.search_faces_by_image(CollectionId="c0", Image={"Bytes": faces[0]})["FaceMatches"] == []


def test_no_trace_of_a_deleted_face_in_any_file(start_server, faces):
    """The sealed template as the database keeps it is in no file a minute after the face was deleted."""
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    face = client.index_faces(CollectionId="c", Image={"Bytes": faces[0]}, ExternalImageId="gone")["FaceRecords"][0]["Face"]["FaceId"]
    client.index_faces(CollectionId="c", Image={"Bytes": faces[1]}, ExternalImageId="stays")
    with sqlite3.connect(f"file:{server.data}/visavis.db?mode=ro", uri=True) as database:
        sealed, = database.execute("SELECT template FROM faces WHERE face_id = ?", (uuid.UUID(face).bytes,)).fetchone()
    database.close()

    def found():
        return [path.name for path in server.data.rglob("*") if path.is_file() and not path.is_symlink() and sealed[12:44] in path.read_bytes()]

    assert found(), "the scan sees it while it is there"
    client.delete_faces(CollectionId="c", FaceIds=[face])
    end = time.monotonic() + 60
    while found() and time.monotonic() < end:
        time.sleep(0.5)
    assert found() == []


def test_a_read_only_directory_is_told(tmp_path, start_server):
    if os.geteuid() == 0:
        server = start_server("data")
        server.stop()
        done = subprocess.run(["mount", "--bind", "-o", "ro", server.data, server.data], capture_output=True)
        remount = subprocess.run(["mount", "-o", "remount,ro,bind", server.data], capture_output=True)
        if done.returncode or remount.returncode:
            pytest.skip("nothing can be mounted here")
        try:
            refused = visavis.run("collections", "list", "--data", server.data)
            assert refused.returncode == 4 and str(server.data) in refused.stderr
        finally:
            subprocess.run(["umount", "-l", server.data], check=True)
        return
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    refused = visavis.run("collections", "create", "c", "--data", place / "data")
    assert refused.returncode == 4 and str(place) in refused.stderr


def test_more_collections_than_the_usual_number_of_open_files(start_server, faces):
    server = start_server("data", wrapper=("prlimit", "--nofile=64:4096"))
    client = server.client()
    for i in range(60):
        client.create_collection(CollectionId=f"c-{i}")
        assert client.index_faces(CollectionId=f"c-{i}", Image={"Bytes": faces[i % 8]}, MaxFaces=1)["FaceRecords"]
    server.stop()
    server.start()
    for i in range(60):  # opens its files
        assert server.client().search_faces_by_image(CollectionId=f"c-{i}", Image={"Bytes": faces[i % 8]})["FaceMatches"]
    assert len(list((server.data / "index").iterdir())) == 120
    assert sum(1 for _ in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()) > 120


def rows_left(server):
    with contextlib.closing(sqlite3.connect(f"file:{server.data}/visavis.db?mode=ro", uri=True)) as database:
        return sum(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("collections", "faces", "users"))


def wait_until_no_row_is_left(server, seconds):
    end = time.monotonic() + seconds
    while left := rows_left(server):
        assert time.monotonic() < end, f"{left} rows are left"
        time.sleep(0.1)


@pytest.mark.parametrize("serving", [True, False])
def test_a_deletion_that_was_cut_short_is_ended_by_the_next_start(start_server, faces, serving):
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    face = client.index_faces(CollectionId="c", Image={"Bytes": faces[0]})["FaceRecords"][0]["Face"]["FaceId"]
    client.create_user(CollectionId="c", UserId="u")
    client.associate_faces(CollectionId="c", UserId="u", FaceIds=[face])
    server.stop()
    assert list((server.data / "index").iterdir())
    with contextlib.closing(sqlite3.connect(server.data / "visavis.db")) as database:  # as after the deletion's first transaction
        database.execute("UPDATE collections SET account = '', id = uid")
        database.commit()
    if serving:
        server = start_server("data")
        assert server.client().list_collections()["CollectionIds"] == []
        wait_until_no_row_is_left(server, 60)
    else:
        assert visavis.run("collections", "list", data=server.data, check=0).stdout == ""
        assert rows_left(server) == 0
    assert not list((server.data / "index").iterdir())
