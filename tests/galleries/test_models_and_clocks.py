"""A server whose surroundings change: another model or normaliser, a clock set back, a damaged page of the database."""
import json
import os
import sqlite3
import time
import uuid

import pytest

from support import visavis
from support.calls import code_of
from support.packs import copy_of_pack


def index(client, collection, path, **more):
    records = client.index_faces(CollectionId=collection, Image={"Bytes": path.read_bytes()}, MaxFaces=1, **more)["FaceRecords"]
    assert len(records) == 1
    return records[0]["Face"]["FaceId"]


def found(client, collection, path):
    answer = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": path.read_bytes()}, FaceMatchThreshold=0)
    return [(match["Face"]["FaceId"], match["Similarity"]) for match in answer["FaceMatches"]]


def test_a_collection_of_another_model_is_kept_and_never_compared(start_server, portraits, tmp_path):
    server = start_server("data")
    client = server.client()
    version = client.create_collection(CollectionId="old")["FaceModelVersion"]
    faces = [index(client, "old", path) for path in portraits]
    client.create_user(CollectionId="old", UserId="u")
    before = found(client, "old", portraits[0])
    server.stop()

    server = start_server("data", "--models", copy_of_pack(tmp_path / "models", version="9.9"))
    client = server.client()
    assert client.describe_collection(CollectionId="old")["FaceModelVersion"] == version
    listed = client.list_collections()
    assert (listed["CollectionIds"], listed["FaceModelVersions"]) == (["old"], [version])
    assert {face["FaceId"] for face in client.list_faces(CollectionId="old")["Faces"]} == set(faces)
    image = {"Bytes": portraits[0].read_bytes()}
    for call in (lambda: client.search_faces_by_image(CollectionId="old", Image=image), lambda: client.search_faces(CollectionId="old", FaceId=faces[0]),
                 lambda: client.index_faces(CollectionId="old", Image=image), lambda: client.search_users_by_image(CollectionId="old", Image=image),
                 lambda: client.associate_faces(CollectionId="old", UserId="u", FaceIds=faces[:1])):
        with pytest.raises(client.exceptions.InvalidParameterException) as raised:
            call()
        message = raised.value.response["Error"]["Message"]
        assert f"face model {version}" in message and "9.9" in message
    assert client.delete_faces(CollectionId="old", FaceIds=faces[:1])["DeletedFaces"] == faces[:1]
    made = client.create_collection(CollectionId="new")
    assert made["FaceModelVersion"] == "9.9"
    index(client, "new", portraits[0])
    assert len(found(client, "new", portraits[1])) == 1
    server.stop()

    client = start_server("data").client()
    assert found(client, "old", portraits[0]) == [one for one in before if one[0] != faces[0]]
    assert code_of(lambda: client.search_faces_by_image(CollectionId="new", Image=image)) == "InvalidParameterException"
    client.delete_collection(CollectionId="new")


def test_normalisation_follows_the_pack(start_server, portraits, tmp_path):
    """The pack's normaliser changes under the same model version: kept templates get the numbers that new ones get."""

    def pairs(server):
        with sqlite3.connect(f"file:{server.data}/visavis.db?mode=ro", uri=True) as database:
            faces = database.execute('SELECT weight, "offset" FROM faces ORDER BY row').fetchall()
            users = database.execute('SELECT weight, "offset" FROM users ORDER BY row').fetchall()
        database.close()
        return faces, users

    def fill(client):
        client.create_collection(CollectionId="c")
        faces = [index(client, "c", path) for path in portraits]
        client.create_user(CollectionId="c", UserId="u")
        assert client.associate_faces(CollectionId="c", UserId="u", FaceIds=faces[:2], UserMatchThreshold=0)["AssociatedFaces"]

    def answers(client):
        image = {"Bytes": portraits[1].read_bytes()}
        users = client.search_users_by_image(CollectionId="c", Image=image, UserMatchThreshold=0)["UserMatches"]
        return [score for _, score in found(client, "c", portraits[1])], [match["Similarity"] for match in users]

    server = start_server("data")
    fill(server.client())
    before, said = pairs(server), answers(server.client())
    server.stop()
    models = copy_of_pack(tmp_path / "models", normalisation={"low": 0.15, "high": 0.16})
    fresh = start_server("fresh", "--models", models)
    fill(fresh.client())
    wanted, wanted_answers = pairs(fresh), answers(fresh.client())
    assert wanted != before and wanted_answers != said, "the other normaliser makes other numbers"
    fresh.stop()
    server = start_server("data", "--models", models)
    assert pairs(server) == wanted
    assert answers(server.client()) == wanted_answers
    server.stop()
    server = start_server("data")
    assert pairs(server) == before
    assert answers(server.client()) == said


def published_size(server):
    """Entries under the log's newest checkpoint."""
    return json.loads(visavis.run("ledger", "stats", "--json", data=server.data, check=0).stdout)["size"]


def test_a_clock_that_jumps_back_loses_nothing(start_server, portraits, moved_clock):
    environment = moved_clock.environment()
    moved_clock.move(hours=2)
    server = start_server("data", environment=environment)
    # The command line needs no signature, whose time would be refused.
    def command(*arguments, check=0):
        return json.loads(visavis.run(*arguments, "--json", data=server.data, check=check).stdout)

    def search(check=0):
        return {match["Face"]["ExternalImageId"] for match in command("search", "--collection", "c", "--threshold", "0", portraits[0], check=check)["FaceMatches"]}

    made = command("collections", "create", "c")
    assert made["StatusCode"] == 200
    visavis.run("index", "--collection", "c", "--external-id-from", "filename", portraits[0], data=server.data, check=0)
    first = command("collections", "describe", "c")
    receipts = published_size(server)
    moved_clock.move(days=-400, hours=-2)
    visavis.run("index", "--collection", "c", "--external-id-from", "filename", portraits[2], data=server.data, check=0)
    both = {portraits[0].stem, portraits[2].stem}
    assert search() == both
    assert command("collections", "describe", "c")["CreationTimestamp"] == first["CreationTimestamp"]
    until = time.monotonic() + 20  # a checkpoint comes about once a second
    while published_size(server) <= receipts:
        assert time.monotonic() < until, "no receipt is published after the jump"
        time.sleep(0.1)
    moved_clock.stop()
    # Signed requests of a client with a right clock are told that the clocks differ, not answered wrongly.
    assert code_of(lambda: server.client().list_collections()) in ("InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired")
    server.stop()
    server = start_server("data", environment=environment)
    assert search() == both
    moved_clock.move(days=400)
    client = server.client()
    assert {face["ExternalImageId"] for face in client.list_faces(CollectionId="c")["Faces"]} == both
    # What was indexed before is known by its bytes, whatever the clock said.
    assert client.describe_collection(CollectionId="c")["FaceCount"] == 2
    visavis.run("index", "--collection", "c", "--external-id-from", "filename", portraits[0], portraits[2], data=server.data, check=0)
    assert client.describe_collection(CollectionId="c")["FaceCount"] == 2
    assert visavis.run("ledger", "verify", data=server.data).returncode == 0


def test_a_damaged_page_is_told_and_the_rest_is_read(start_server, portraits):
    server = start_server("data")
    client = server.client()
    kept = {}
    for collection in ("damaged", "whole"):
        client.create_collection(CollectionId=collection)
        kept[collection] = [index(client, collection, portraits[0], ExternalImageId=f"{collection}-{i}") for i in range(40)]
    probe = {"Bytes": portraits[1].read_bytes()}
    before = client.search_faces_by_image(CollectionId="whole", Image=probe, FaceMatchThreshold=0)["FaceMatches"]
    server.stop()
    # The page with the template of a face in the middle of `damaged`: its neighbours there are of `damaged`, too.
    path = server.data / "visavis.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size, = database.execute("PRAGMA page_size").fetchone()
        sealed, = database.execute("SELECT template FROM faces WHERE face_id = ?", (uuid.UUID(kept["damaged"][20]).bytes,)).fetchone()
    database.close()
    content = bytearray(path.read_bytes())
    page = content.index(sealed) // size
    content[page * size:(page + 1) * size] = os.urandom(size)
    path.write_bytes(content)

    server = start_server("data")
    client = server.client()
    assert client.search_faces_by_image(CollectionId="whole", Image=probe, FaceMatchThreshold=0)["FaceMatches"] == before
    assert [face["FaceId"] for face in client.list_faces(CollectionId="whole")["Faces"]] == kept["whole"]
    index(client, "whole", portraits[2])
    # Of the damaged one there is an error, never an answer that lacks what cannot be read.
    assert code_of(lambda: client.list_faces(CollectionId="damaged")) == "InternalServerError"
    assert code_of(lambda: client.search_faces_by_image(CollectionId="damaged", Image=probe, FaceMatchThreshold=0)) == "InternalServerError"
    assert client.describe_collection(CollectionId="damaged")["FaceCount"] == 40
    told = visavis.run("search", "--collection", "damaged", "--threshold", "0", "--most", "4096", portraits[1], data=server.data)
    assert told.returncode == 4 and "visavis.db" in told.stderr
    server.stop()
    told = visavis.run("doctor", "--data", server.data, "--json")
    findings = {finding["what"]: finding for finding in json.loads(told.stdout)["findings"]}
    assert told.returncode == 1 and not findings["collections"]["good"] and "visavis.db" in findings["collections"]["words"]


def test_a_request_token_is_forgotten_after_eight_hours(start_server, moved_clock):
    client = start_server("data", environment=moved_clock.environment()).client()
    client.create_collection(CollectionId="c")
    make = lambda user: code_of(client.create_user, CollectionId="c", UserId=user, ClientRequestToken="t")
    assert make("anna") == "answered"
    moved_clock.move(hours=7, minutes=59)
    assert make("anna") == "answered", "the same request is answered again"
    assert make("bert") == "IdempotentParameterMismatchException"
    moved_clock.move(minutes=2)
    assert make("bert") == "answered"
