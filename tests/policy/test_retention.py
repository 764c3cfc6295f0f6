"""Faces leave when their time is over: by the collection's tags and each person's last interaction, on a clock that moves."""
import json
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from support import visavis
from support.routes import opened_receipts, signed

FIRST, AGAIN, OTHER = "first", "again", "other"


@pytest.fixture
def kept(tmp_path, start_server, moved_clock, portraits):
    """A server on a moved clock with a collection that keeps faces for 30 days, and the three pictures as bytes."""
    # It sweeps at its start and then once a day: in between only the tests do.
    server = start_server("data", "--sweep-every", 86_400, environment=moved_clock.environment())
    server.client().create_collection(CollectionId="kept", Tags={"visavis:retention-days": "30"})
    server.pictures = dict(zip((FIRST, AGAIN, OTHER), (path.read_bytes() for path in portraits)))
    server.clock = moved_clock
    return server


def enrol(server, picture, collection="kept"):
    made = server.client().index_faces(CollectionId=collection, Image={"Bytes": server.pictures[picture]}, MaxFaces=1)
    return made["FaceRecords"][0]["Face"]["FaceId"]


def faces(server, collection="kept"):
    return {face["FaceId"] for face in server.client().list_faces(CollectionId=collection)["Faces"]}


def sweep(server, *more):
    return json.loads(visavis.run("retention", "sweep", "--data", server.data, "--json", *more, check=0).stdout)["collections"]


def status(server, collection="kept"):
    answer = json.loads(visavis.run("retention", "status", "--data", server.data, "--json", check=0).stdout)
    return next(one for one in answer["collections"] if one["collection"] == collection)


def wait_until(condition, within=90):
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_face_goes_on_its_day_and_a_search_renews_nothing(kept):
    old = enrol(kept, FIRST)
    kept.clock.move(days=10)
    young = enrol(kept, OTHER)
    kept.clock.move(days=19, hours=23)
    assert kept.client().search_faces_by_image(CollectionId="kept", Image={"Bytes": kept.pictures[AGAIN]})["FaceMatches"]
    assert kept.client().search_faces(CollectionId="kept", FaceId=old) is not None
    assert status(kept)["due_faces"] == 0 and not status(kept)["overdue"]
    assert sweep(kept) == [{"collection": "kept", "faces": 0, "users": 0}]
    kept.clock.move(hours=1)
    assert sweep(kept, "--dry-run") == [{"collection": "kept", "faces": 1, "users": 0}]
    assert faces(kept) == {old, young}, "a dry run deletes nothing"
    assert sweep(kept) == [{"collection": "kept", "faces": 1, "users": 0}]
    assert faces(kept) == {young}
    assert not kept.client().search_faces_by_image(CollectionId="kept", Image={"Bytes": kept.pictures[AGAIN]})["FaceMatches"]
    after = status(kept)
    assert (after["faces"], after["due_faces"], after["last_sweep"]["faces"]) == (1, 0, 1)
    # Its receipt names the face to whoever may open it, and says by whom it was asked for.
    swept = [one for one in opened_receipts(kept) if one["record"]["operation"] == "SweepRetention" and one["subjects"]]
    assert [json.loads(subject["value"])["id"] for one in swept for subject in one["subjects"]] == [old]
    assert visavis.run("doctor", "--data", kept.data).returncode == 0


def test_enrolling_the_same_picture_again_renews(kept):
    face = enrol(kept, FIRST)
    kept.clock.move(days=29)
    assert enrol(kept, FIRST) == face
    kept.clock.move(days=29)
    assert sweep(kept)[0]["faces"] == 0
    kept.clock.move(days=1)
    assert sweep(kept)[0]["faces"] == 1


def test_all_faces_of_a_user_share_one_clock(kept):
    client = kept.client()
    client.create_user(CollectionId="kept", UserId="alice")
    first, lonely = enrol(kept, FIRST), enrol(kept, OTHER)
    client.associate_faces(CollectionId="kept", UserId="alice", FaceIds=[first])
    kept.clock.move(days=20)
    again = enrol(kept, AGAIN)
    client = kept.client()
    client.associate_faces(CollectionId="kept", UserId="alice", FaceIds=[again])
    kept.clock.move(days=10)
    assert sweep(kept) == [{"collection": "kept", "faces": 1, "users": 0}]
    assert faces(kept) == {first, again}, "the person came back on day 20; the other one did not"
    kept.clock.move(days=20)
    assert sweep(kept) == [{"collection": "kept", "faces": 2, "users": 1}]
    assert faces(kept) == set() and kept.client().list_users(CollectionId="kept")["Users"] == []
    assert lonely not in faces(kept)


def test_a_purpose_that_is_met_ends_everything(kept):
    client = kept.client()
    today = kept.clock.file.stat() and time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 86400))
    client.create_collection(CollectionId="event", Tags={"visavis:purpose-met": today})
    face = enrol(kept, FIRST, "event")
    assert faces(kept, "event") == {face}
    assert sweep(kept, "--dry-run") == []
    kept.clock.move(days=3)
    sweep(kept)
    assert faces(kept, "event") == set()
    with pytest.raises(ClientError, match="must be a day such as"):
        kept.client().create_collection(CollectionId="wrong", Tags={"visavis:purpose-met": "soon"})


def test_a_server_sweeps_at_its_start(kept):
    enrol(kept, FIRST)
    kept.stop()
    kept.clock.move(days=30)
    kept.start()
    wait_until(lambda: faces(kept) == set(), within=20)
    [line] = kept.wait_for_log(event="swept")
    assert line["retention_faces"] == "1"
    wait_until(lambda: "last_sweep" in status(kept))


def test_a_running_server_goes_on_sweeping(tmp_path, start_server, moved_clock):
    server = start_server("data", "--sweep-every", 1, environment=moved_clock.environment())
    server.client().create_collection(CollectionId="kept", Tags={"visavis:retention-days": "30"})
    server.client().create_user(CollectionId="kept", UserId="alice")
    moved_clock.move(days=30)
    wait_until(lambda: not server.client().list_users(CollectionId="kept")["Users"], within=30)

    def metrics():
        with urllib.request.urlopen(server.url + "/metrics", timeout=10) as answer:
            return answer.read()

    # Counted once the whole sweep is over: no face, for the user had none.
    wait_until(lambda: b'visavis_faces_deleted_total{reason="retention"} 0' in metrics(), within=30)


def test_status_and_sweep_are_decisions_of_the_policy(kept):
    made = json.loads(visavis.run("keys", "create", "--data", kept.data, "--principal", "root", "--collections", "kept", "--json",
                                  check=0).stdout)
    bound = made["access_key_id"], made["secret_access_key"]
    nobody = json.loads(visavis.run("keys", "create", "--data", kept.data, "--principal", "mallory", "--json", check=0).stdout)
    for key in (bound, (nobody["access_key_id"], nobody["secret_access_key"])):
        for method, path in (("GET", "/v1/retention"), ("POST", "/v1/retention/sweep")):
            code, answer = signed(kept, key, method, path)
            assert (code, answer["__type"]) == (400, "AccessDeniedException"), path


def test_kill_9_in_mid_sweep_loses_no_receipt_and_deletes_nobody_twice(kept):
    """The sweeper takes eight users at a time: the kill falls between two of its batches, or into one."""
    client = kept.client()
    users = {f"user-{number}" for number in range(600)}
    for user in users:
        client.create_user(CollectionId="kept", UserId=user)
    face = enrol(kept, FIRST)
    client.associate_faces(CollectionId="kept", UserId="user-0", FaceIds=[face])
    loose = enrol(kept, OTHER)

    def left():
        return status(kept)["users"]

    kept.stop()
    kept.clock.move(days=30)
    for _ in range(3):
        kept.start()
        before = left()
        wait_until(lambda: left() < before or left() == 0, within=20)
        kept.kill()
    kept.start()
    wait_until(lambda: left() == 0 and status(kept)["faces"] == 0)
    named = [json.loads(subject["value"])["id"] for one in opened_receipts(kept)
             if one["record"]["operation"] == "SweepRetention" for subject in one["subjects"]]
    assert sorted(named) == sorted(users | {face, loose})
    kept.stop()
    assert visavis.run("doctor", "--data", kept.data).returncode == 0
