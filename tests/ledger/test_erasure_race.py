"""Searches that run while a person is erased leave nothing about that person."""
import json
import threading

from support.routes import opened_receipts, signed

SEARCHERS = 6


def test_searches_under_way_leave_nothing_about_the_erased(start_server, portraits):
    server = start_server()
    client = server.client()
    client.create_collection(CollectionId="c")
    face = client.index_faces(CollectionId="c", Image={"Bytes": portraits[0].read_bytes()}, MaxFaces=1)
    face = face["FaceRecords"][0]["Face"]["FaceId"]
    probe = portraits[1].read_bytes()
    stop = threading.Event()
    found, missed, lock = [], [], threading.Lock()

    def search():
        own = server.client()
        while not stop.is_set():
            answer = own.search_faces_by_image(CollectionId="c", Image={"Bytes": probe})
            receipt = int(answer["ResponseMetadata"]["HTTPHeaders"]["x-visavis-receipt"].split()[0])
            with lock:
                (found if answer["FaceMatches"] else missed).append(receipt)

    threads = [threading.Thread(target=search) for _ in range(SEARCHERS)]
    for thread in threads:
        thread.start()
    while len(found) < 2 * SEARCHERS:
        stop.wait(0.02)
    status, answer = signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": [face]})
    assert status == 200, answer
    while len(missed) < 2 * SEARCHERS:
        stop.wait(0.02)
    stop.set()
    for thread in threads:
        thread.join()

    receipts = {one["index"]: one for one in opened_receipts(server)}
    still = [index for index, one in receipts.items() if face in json.dumps([one["candidates"], one["subjects"]])]
    assert not still, f"{len(still)} of {len(found)} receipts still name the erased person: {still}"
    assert all(receipts[index]["candidates"][0]["erased"] for index in found)
    shown = [index for index in found for field in receipts[index]["fields"]
             if field["field"] == "probe-0" and not field.get("erased")]
    assert not shown, "the image showed the erased person"
    assert signed(server, server.keys(), "GET", f"/v1/subjects/c/{face}")[1]["receipts"] == []
