"""What is deleted or replaced leaves no trace in any file of the data directory."""
import contextlib
import shutil
import sqlite3
import time

import pytest

from support import visavis
from support.calls import index


@pytest.fixture(scope="module")
def filled(tmp_path_factory, portraits):
    """A data directory that no server has open, and each collection's faces."""
    data, faces_of = tmp_path_factory.mktemp("filled") / "data", {}
    paths = sorted(portraits[0].parent.glob("*.jpg"))[:5]
    with visavis.Server(data) as server:
        client = server.client()
        for collection, users in (("gone", ["of-the-collection"]), ("stays", ["deleted", "replaced", "emptied", "kept"])):
            client.create_collection(CollectionId=collection)
            faces_of[collection] = [index(client, collection, path) for path in paths]
            for user, face in zip(users, faces_of[collection]):
                client.create_user(CollectionId=collection, UserId=user)
                client.associate_faces(CollectionId=collection, UserId=user, FaceIds=[face])
    return data, faces_of


@pytest.mark.parametrize("then", ["a minute later", "after the end", "after a crash and a start"])
def test_no_trace_of_what_was_deleted_or_replaced_in_any_file(filled, start_server, tmp_path, then):
    """A collection, a user, and the templates that users had before: neither as the database sealed them nor as the index did."""
    before, faces_of = filled
    shutil.copytree(before, tmp_path / "data", symlinks=True)
    server = start_server("data")
    client = server.client()

    with contextlib.closing(sqlite3.connect(f"file:{server.data}/visavis.db?mode=ro", uri=True)) as database:
        sealed = dict(database.execute("SELECT 'user ' || user_id, template FROM users UNION SELECT 'key of ' || id, wrapped_key FROM collections"))
        sealed |= database.execute("SELECT 'face of ' || id, template FROM faces JOIN collections ON collection = key GROUP BY id")
        uids = dict(database.execute("SELECT id, uid FROM collections"))
    traces = {name: value[12:44] for name, value in sealed.items()}
    for kind, collection in (("faces", "gone"), ("users", "gone"), ("users", "stays")):
        block = (server.data / "index" / f"{uids[collection]}.{kind}").read_bytes()[8192:]  # docs/formats/index.md
        traces[f"{kind} of {collection} in the index"] = block[28:60]

    def found():
        there = set()
        for path in server.data.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # the ledger's files come and go
                content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
                there |= {name for name, trace in traces.items() if trace in content}
        return there

    assert found() == traces.keys() and all(map(any, traces.values())), "the scan sees them while they are there"
    client.delete_collection(CollectionId="gone")
    client.delete_user(CollectionId="stays", UserId="deleted")
    client.associate_faces(CollectionId="stays", UserId="replaced", FaceIds=faces_of["stays"][4:], UserMatchThreshold=0)
    client.disassociate_faces(CollectionId="stays", UserId="emptied", FaceIds=faces_of["stays"][2:3])
    kept = {"user kept", "key of stays", "face of stays"}
    if then == "after the end":
        server.stop()
    elif then == "after a crash and a start":
        server.kill()
        server.start()
    end = time.monotonic() + (60 if then != "after the end" else 0)
    while found() != kept and time.monotonic() < end:
        time.sleep(0.2)
    assert found() == kept
