"""A collection of a million faces: cold start, search among them, a check of everything, and its deletion."""
import json
import subprocess
import time

import pytest

from support import visavis

from support.calls import small_face

from .test_faults import rows_left, wait_until_no_row_is_left

FACES = 1_000_000

pytestmark = pytest.mark.long


@pytest.fixture
def crowd(tmp_path):
    """A data directory with a collection `crowd` of synthetic faces."""
    data = tmp_path / "data"
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    made = json.loads(visavis.run("collections", "create", "small", "--json", data=data, check=0).stdout)
    archive = tmp_path / "crowd.visavis"
    subprocess.run([visavis.ROOT / "build" / "synthetic_archive", archive, "--key-file", key,
                    "--model-version", made["FaceModelVersion"], "--faces", str(FACES)], check=True)
    start = time.monotonic()
    visavis.run("collections", "import", "crowd", archive, "--key-file", key, data=data, check=0, timeout=3600)
    print(f"imported in {time.monotonic() - start:.0f} s")
    archive.unlink()
    return data


def test_it_starts_searches_and_goes(crowd, start_server, shared_data):
    photograph = small_face(next(iter(sorted((shared_data / "congress" / "115th").glob("*.jpg")))))
    server = start_server("data")
    face = server.client().index_faces(CollectionId="crowd", Image={"Bytes": photograph}, MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"]
    for end in (visavis.Server.stop, visavis.Server.kill):
        end(server)
        server = start_server("data")  # answers: the socket is there
        client = server.client()
        start = time.monotonic()
        found = client.search_faces_by_image(CollectionId="crowd", Image={"Bytes": photograph}, FaceMatchThreshold=99)["FaceMatches"]
        print(f"first search after a start: {1000 * (time.monotonic() - start):.0f} ms")
        assert [match["Face"]["FaceId"] for match in found] == [face]
        assert client.describe_collection(CollectionId="crowd")["FaceCount"] == FACES + 1
    server.stop()
    start = time.monotonic()
    visavis.run("doctor", data=crowd, check=0, timeout=600)
    print(f"doctor: {time.monotonic() - start:.0f} s")

    server = start_server("data")
    client = server.client()
    start = time.monotonic()
    client.delete_collection(CollectionId="crowd")  # an SDK's read timeout of 60 s, and no second try
    print(f"DeleteCollection answered after {time.monotonic() - start:.1f} s")
    assert client.list_collections()["CollectionIds"] == ["small"]
    assert rows_left(server) > 1, "so many do not go within the patience of a caller"
    longest = 0.0
    for _ in range(20):  # other writers are served meanwhile
        start = time.monotonic()
        assert client.index_faces(CollectionId="small", Image={"Bytes": photograph}, MaxFaces=1)["FaceRecords"]
        longest = max(longest, time.monotonic() - start)
    print(f"worst IndexFaces beside it: {1000 * longest:.0f} ms")
    client.delete_collection(CollectionId="small")
    start = time.monotonic()
    wait_until_no_row_is_left(server, 900)
    print(f"gone after {time.monotonic() - start:.0f} s more")
