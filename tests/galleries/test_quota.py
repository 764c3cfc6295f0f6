"""The quota of a collection holds, also for those who add to it at once."""
import concurrent.futures
import contextlib
import sqlite3

from support.calls import small_face

MOST = 20_000_000  # Rekognition's


def test_the_last_face_of_a_collection_is_the_last(start_server, shared_data):
    photographs = [small_face(path) for path in sorted((shared_data / "congress" / "115th").glob("*.jpg"))[:9]]
    server = start_server("data")
    server.client().create_collection(CollectionId="c")
    server.client().index_faces(CollectionId="c", Image={"Bytes": photographs[0]})
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "visavis.db")) as database:  # twenty million would take hours
        database.execute("UPDATE collections SET faces = ?", (MOST - 1,))
        database.commit()
    server.start()
    client = server.client()

    def add(photograph):
        try:
            return client.index_faces(CollectionId="c", Image={"Bytes": photograph})["FaceRecords"][0]["Face"]["FaceId"]
        except client.exceptions.ServiceQuotaExceededException as refused:
            return str(refused)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, photographs[1:]))
    refusals = [answer for answer in answers if str(MOST) in answer]
    assert len(refusals) == 7, answers
    assert len(client.list_faces(CollectionId="c")["Faces"]) == 2
    client.index_faces(CollectionId="c", Image={"Bytes": photographs[0]})  # is there already
