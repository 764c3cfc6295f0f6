"""`visavis collections export` and `import`: a collection goes to another server as one sealed file, whole or not at all."""
import contextlib
import json
import os
import sqlite3
import subprocess
import time

import pytest

from support import visavis
from support.packs import copy_of_pack

ARN = "arn:aws:rekognition:us-east-1:000000000000:collection/"


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "archive.key"
    path.write_bytes(os.urandom(32))
    return path


@pytest.fixture
def filled(start_server, portraits):
    """A server with a collection `staff`: faces with and without external ids, two users, tags."""
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="staff", Tags={"purpose": "door", "visavis:recipients": "partner-lab"})
    faces = []
    for number, path in enumerate([*portraits, *sorted(portraits[0].parent.glob("*.jpg"))[5:9]]):
        more = {"ExternalImageId": f"e:{number}"} if number % 2 else {}
        faces.append(client.index_faces(CollectionId="staff", Image={"Bytes": path.read_bytes()}, MaxFaces=1, **more)["FaceRecords"][0]["Face"]["FaceId"])
    for user in ("ann", "nobody"):
        client.create_user(CollectionId="staff", UserId=user)
    assert len(client.associate_faces(CollectionId="staff", UserId="ann", FaceIds=faces[:2], UserMatchThreshold=0)["AssociatedFaces"]) == 2
    return server


def everything(client, portraits, collection="staff"):
    """What a collection is to its clients."""
    faces = client.list_faces(CollectionId=collection)["Faces"]
    probe = {"Bytes": portraits[1].read_bytes()}
    described = client.describe_collection(CollectionId=collection)
    return {
        "faces": faces,
        "users": client.list_users(CollectionId=collection)["Users"],
        "counts": (described["FaceCount"], described["UserCount"]),
        "tags": client.list_tags_for_resource(ResourceArn=ARN + collection)["Tags"],
        "found": client.search_faces_by_image(CollectionId=collection, Image=probe, FaceMatchThreshold=0)["FaceMatches"],
        "near": client.search_faces(CollectionId=collection, FaceId=faces[0]["FaceId"], FaceMatchThreshold=0)["FaceMatches"],
        "user": client.search_users_by_image(CollectionId=collection, Image=probe, UserMatchThreshold=0)["UserMatches"],
    }


def receipt(server, index):
    import urllib.request

    with urllib.request.urlopen(f"{server.url}/v1/receipts/{index}") as answer:
        return json.load(answer)


def test_a_collection_arrives_whole_on_another_server(filled, start_server, portraits, key_file, tmp_path):
    client = filled.client()
    before = everything(client, portraits)
    archive = tmp_path / "staff.visavis"
    done = visavis.run("collections", "export", "staff", archive, "--key-file", key_file, "--json", data=filled.data, check=0)
    told = json.loads(done.stdout)
    assert (told["faces"], told["users"]) == before["counts"]
    assert archive.stat().st_mode & 0o777 == 0o600
    assert receipt(filled, told["receipt"]["index"])["operation"] == "ExportCollection"
    content = archive.read_bytes()
    for secret in (b"staff", b"ann", b"e:1", before["faces"][0]["FaceId"].encode()):
        assert secret not in content
    again = visavis.run("collections", "export", "staff", archive, "--key-file", key_file, data=filled.data)
    assert again.returncode == 2 and "already" in again.stderr and archive.read_bytes() == content

    # Without a server, into a directory that did not exist.
    elsewhere = tmp_path / "elsewhere"
    done = visavis.run("collections", "import", "staff", archive, "--key-file", key_file, "--json", data=elsewhere, check=0)
    assert json.loads(done.stdout)["sha256"] == told["sha256"]
    other = start_server("elsewhere")
    assert receipt(other, json.loads(done.stdout)["receipt"]["index"])["operation"] == "ImportCollection"
    assert everything(other.client(), portraits) == before
    # The same image under the same external id is known there, and the collection lives on.
    known = other.client().index_faces(CollectionId="staff", Image={"Bytes": portraits[0].read_bytes()}, MaxFaces=1)["FaceRecords"][0]["Face"]
    assert known["FaceId"] == before["faces"][0]["FaceId"] and known["ImageId"] == before["faces"][0]["ImageId"]
    assert other.client().describe_collection(CollectionId="staff")["FaceCount"] == before["counts"][0]
    fresh = other.client().index_faces(CollectionId="staff", Image={"Bytes": portraits[0].read_bytes()}, MaxFaces=1, ExternalImageId="new")
    assert other.client().describe_collection(CollectionId="staff")["FaceCount"] == before["counts"][0] + 1
    assert fresh["FaceRecords"][0]["Face"]["FaceId"] != known["FaceId"]
    told = visavis.run("doctor", "--data", other.data, "--json")
    assert {f["what"]: f["good"] for f in json.loads(told.stdout)["findings"]}["collections"]

    # Beside a running server, under another name; never over a collection that is there.
    visavis.run("collections", "import", "copy", archive, "--key-file", key_file, data=filled.data, check=0)
    assert everything(client, portraits, "copy") == before
    taken = visavis.run("collections", "import", "copy", archive, "--key-file", key_file, data=filled.data)
    assert taken.returncode == 2 and "already exists" in taken.stderr
    assert everything(client, portraits) == before
    client.delete_collection(CollectionId="staff")
    assert everything(client, portraits, "copy") == before


def test_a_passphrase_seals_as_well(filled, portraits, tmp_path):
    archive = tmp_path / "staff.visavis"
    words = tmp_path / "words.txt"
    words.write_text("correct horse battery\nnot this line\n")
    before = everything(filled.client(), portraits)
    visavis.run("collections", "export", "staff", archive, "--passphrase-file", words, data=filled.data, check=0)
    done = visavis.run("collections", "import", "copy", archive, "--passphrase-file", "-", data=filled.data, input="correct horse battery\n")
    assert done.returncode == 0, done.stderr
    assert everything(filled.client(), portraits, "copy") == before
    wrong = visavis.run("collections", "import", "c", archive, "--passphrase-file", "-", data=filled.data, input="correct horse batterx\n")
    assert wrong.returncode == 2 and "does not open with this passphrase" in wrong.stderr
    short = visavis.run("collections", "export", "staff", tmp_path / "b", "--passphrase-file", "-", data=filled.data, input="short\n")
    assert short.returncode == 2 and "at least 12" in short.stderr and not (tmp_path / "b").exists()


def test_policy_names_the_recipient(filled, key_file, tmp_path):
    refused = visavis.run("collections", "export", "staff", tmp_path / "a", "--key-file", key_file, "--recipient", "a-broker", data=filled.data)
    assert refused.returncode == 3 and "visavis:recipients" in refused.stderr
    assert not list(tmp_path.glob("a*.tmp")) and not (tmp_path / "a").exists()
    done = visavis.run("collections", "export", "staff", tmp_path / "a", "--key-file", key_file, "--recipient", "partner-lab", "--json", data=filled.data, check=0)
    index = json.loads(done.stdout)["receipt"]["index"]
    assert receipt(filled, index - 1)["operation"] == "ExportCollection", "the refusal has a receipt, too"
    assert receipt(filled, index - 1)["outcome"] == "refused" and receipt(filled, index)["outcome"] == "answered"


def test_nobody_exports_over_the_network(filled, key_file, tmp_path):
    import base64

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    import urllib.error
    import urllib.request

    body = json.dumps({"collection": "staff", "file": str(tmp_path / "x"), "key": base64.b64encode(key_file.read_bytes()).decode()})
    for route in ("exports", "imports"):
        request = AWSRequest("POST", f"{filled.url}/v1/{route}", data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(Credentials(*filled.keys()), "rekognition", "us-east-1").add_auth(request)
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(urllib.request.Request(request.url, body.encode(), dict(request.headers)))
        assert json.load(raised.value)["__type"].endswith("AccessDeniedException")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("damage", ["cut", "altered", "longer", "empty", "key"])
def test_what_is_not_whole_leaves_nothing(filled, key_file, tmp_path, damage):
    archive = tmp_path / "staff.visavis"
    visavis.run("collections", "export", "staff", archive, "--key-file", key_file, data=filled.data, check=0)
    content = bytearray(archive.read_bytes())
    if damage == "cut":
        content = content[:-10]
    elif damage == "altered":
        content[len(content) // 2] ^= 1
    elif damage == "longer":
        content += b"x"
    elif damage == "empty":
        content = bytearray()
    else:
        key_file.write_bytes(os.urandom(32))
    archive.write_bytes(content)
    told = visavis.run("collections", "import", "copy", archive, "--key-file", key_file, data=filled.data)
    words = {"cut": "cut off", "altered": "altered", "longer": "follows its end", "empty": "no archive", "key": "does not open with this key file"}
    assert told.returncode == (2 if damage in ("empty", "key") else 4), told.stderr
    assert words[damage] in told.stderr and "staff.visavis" in told.stderr
    assert filled.client().list_collections()["CollectionIds"] == ["staff"]
    import sqlite3
    with sqlite3.connect(f"file:{filled.data}/visavis.db?mode=ro", uri=True) as database:
        assert database.execute("SELECT COUNT(*) FROM collections").fetchone() == (1,)
    database.close()


def test_templates_of_another_model_are_refused(filled, key_file, tmp_path):
    archive = tmp_path / "staff.visavis"
    visavis.run("collections", "export", "staff", archive, "--key-file", key_file, data=filled.data, check=0)
    told = visavis.run("collections", "import", "staff", archive, "--key-file", key_file, "--models", copy_of_pack(tmp_path / "models", version="9.9"), data=tmp_path / "new")
    version = filled.client().describe_collection(CollectionId="staff")["FaceModelVersion"]
    assert told.returncode == 2 and f"face model {version}" in told.stderr and "9.9" in told.stderr
    assert visavis.run("collections", "list", data=tmp_path / "new", check=0).stdout == ""


def test_an_import_that_is_killed_leaves_nothing(key_file, tmp_path):
    """The process dies when some of the faces are written and others are not; the next start has no trace of the collection."""
    program = visavis.ROOT / "build" / "synthetic_archive"
    if not program.exists():
        pytest.skip("build/synthetic_archive is not built")
    faces = 30_000
    target = tmp_path / "target"
    made = json.loads(visavis.run("collections", "create", "first", "--json", data=target, check=0).stdout)
    archive = tmp_path / "crowd.visavis"
    subprocess.run([program, archive, "--key-file", key_file, "--model-version", made["FaceModelVersion"], "--faces", str(faces)], check=True)

    def written():
        with contextlib.closing(sqlite3.connect(f"file:{target}/visavis.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT COUNT(*) FROM faces").fetchone()[0]

    for least in (1, faces // 10, faces // 4):
        process = subprocess.Popen([visavis.BINARY, "collections", "import", "copy", archive, "--key-file", key_file, "--data", target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while written() < least:
            assert process.poll() is None, "the import ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
        process.wait()
        assert least <= written() < faces, "killed in mid-import"
        assert visavis.run("collections", "list", data=target, check=0).stdout.split() == ["first"]
        assert written() == 0
    visavis.run("collections", "import", "copy", archive, "--key-file", key_file, data=target, check=0)
    assert written() == faces
