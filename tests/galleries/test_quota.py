"""The quota of a collection is counted within the transaction that adds to it."""
import contextlib
import sqlite3

import pytest

from .test_faults import small_face

MOST = 20_000_000  # Rekognition's


def test_the_last_face_of_a_collection_is_the_last(start_server, shared_data):
    photographs = [small_face(path) for path in sorted((shared_data / "congress" / "115th").glob("*.jpg"))[:3]]
    server = start_server("data")
    server.client().create_collection(CollectionId="c")
    server.client().index_faces(CollectionId="c", Image={"Bytes": photographs[0]})
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "visavis.db")) as database:  # twenty million would take hours
        database.execute("UPDATE collections SET faces = ?", (MOST - 1,))
        database.commit()
    server.start()
    client = server.client()
    assert client.index_faces(CollectionId="c", Image={"Bytes": photographs[1]})["FaceRecords"]
    with pytest.raises(client.exceptions.ServiceQuotaExceededException, match=str(MOST)):
        client.index_faces(CollectionId="c", Image={"Bytes": photographs[2]})
    assert len(client.list_faces(CollectionId="c")["Faces"]) == 2
    client.index_faces(CollectionId="c", Image={"Bytes": photographs[0]})  # is there already
    assert client.search_faces_by_image(CollectionId="c", Image={"Bytes": photographs[1]})["FaceMatches"]
