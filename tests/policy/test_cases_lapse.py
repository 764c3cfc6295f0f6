"""An urgent case that nobody approves: everything stops, and what it produced is deleted, with receipts."""
import json

import pytest
from botocore.exceptions import ClientError

from support import visavis
from support.calls import make_key
from support.routes import opened_receipts, signed

RULES = """
@id("root") permit (principal, action, resource) when { principal.root };
@id("members") permit (principal, action, resource) when { principal.role == "member" };
"""
PRINCIPALS = """
[principals.alice]
role = "member"
[principals.bob]
role = "member"
"""


@pytest.fixture
def ruled(tmp_path, start_server, moved_clock, portraits):
    data = tmp_path / "data"
    (data / "policy").mkdir(parents=True)
    data.chmod(0o700)
    (data / "policy" / "rules.cedar").write_text(RULES)
    (data / "principals.toml").write_text(PRINCIPALS)
    server = start_server("data", "--sweep-every", 86_400, environment=moved_clock.environment())
    server.clock = moved_clock
    server.pictures = [path.read_bytes() for path in portraits]
    server.client().create_collection(CollectionId="missing")
    return server


def open_case(server, key, name, urgent):
    body = {"id": name, "purpose": "missing-child", "hours": 72, **({"urgent_hours": urgent} if urgent else {})}
    status, answer = signed(server, key, "POST", "/v1/cases", body)
    assert status == 200, answer


def work_under(server, case):
    """A face enrolled, a user made, a search with a candidate: with a key of this case. (FaceId, the key)."""
    key = make_key(server, "alice", "--purpose", "missing-child", "--case", case)
    client = server.client(*key)
    [record] = client.index_faces(CollectionId="missing", Image={"Bytes": server.pictures[1]}, MaxFaces=1,
                                  ExternalImageId=case)["FaceRecords"]
    client.create_user(CollectionId="missing", UserId=f"user-of-{case}")
    client.associate_faces(CollectionId="missing", UserId=f"user-of-{case}", FaceIds=[record["Face"]["FaceId"]])
    found = client.search_faces_by_image(CollectionId="missing", Image={"Bytes": server.pictures[0]})
    assert found["FaceMatches"], "the search has a candidate"
    return record["Face"]["FaceId"], key


def restart(server):
    """The server deletes at its start; here it would next do so after a day."""
    server.stop()
    server.start()


def case(server, name):
    return json.loads(visavis.run("cases", "show", name, "--data", server.data, "--json", check=0).stdout)


def wait_for(condition):
    import time
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_a_lapsed_case_produced_is_deleted_and_its_use_stays_on_record(ruled):
    alice, bob = make_key(ruled, "alice"), make_key(ruled, "bob")
    root = ruled.client()
    [own] = root.index_faces(CollectionId="missing", Image={"Bytes": ruled.pictures[0]}, MaxFaces=1)["FaceRecords"]
    open_case(ruled, alice, "lapses", 24)
    open_case(ruled, alice, "approved", 24)
    lapsed_face, lapsed_key = work_under(ruled, "lapses")
    kept_face, _ = work_under(ruled, "approved")
    assert signed(ruled, bob, "POST", "/v1/cases/approved/approve", {"authorisation": "court-77"})[0] == 200

    ruled.clock.move(hours=23)
    assert ruled.client(*lapsed_key).list_faces(CollectionId="missing")["Faces"]
    ruled.clock.move(hours=1)
    with pytest.raises(ClientError, match="not in force"):
        ruled.client(*lapsed_key).list_faces(CollectionId="missing")
    restart(ruled)
    wait_for(lambda: "erased" in case(ruled, "lapses"))

    left = {face["FaceId"] for face in ruled.client().list_faces(CollectionId="missing")["Faces"]}
    assert left == {own["Face"]["FaceId"], kept_face}, lapsed_face
    users = {user["UserId"] for user in ruled.client().list_users(CollectionId="missing")["Users"]}
    assert users == {"user-of-approved"}
    erased = case(ruled, "lapses")["erased"]
    assert erased["faces"] == 1 and erased["users"] == 1 and erased["receipts"] >= 3
    assert "erased" not in case(ruled, "approved")

    searches = 0
    erasures = []
    for one in opened_receipts(ruled):
        fields = {field["field"]: field for field in one["fields"]}
        of = fields.get("case", {}).get("value")
        if one["record"]["operation"] == "EraseCase":
            assert fields["case-record"]["value"] == "lapses"
            erasures.append(one)
        if one["record"]["operation"] == "SearchFacesByImage":
            searches += 1
            gone = of == "lapses"
            assert [candidate.get("erased", False) for candidate in one["candidates"]] == [gone] * len(one["candidates"])
            assert fields["probe-0"].get("erased", False) == gone
            assert fields["principal"]["value"] == "alice", "who asked stays on record"
    assert searches == 2
    assert any(one["record"].get("erasure") for one in erasures), "one says how many receipts lost their results"
    assert lapsed_face in json.dumps([one["subjects"] for one in erasures])

    # A request may have been under way when the case ended; two minutes later nothing can be.
    assert "finished" not in erased
    ruled.clock.move(minutes=3)
    restart(ruled)
    wait_for(lambda: "finished" in case(ruled, "lapses")["erased"])
    for one in opened_receipts(ruled):
        if one["record"]["operation"] == "EraseCase":
            assert one["subjects"] or one["record"].get("erasure"), "a receipt of nothing"
    visavis.run("ledger", "verify", ruled.data, check=0)
    ruled.stop()
    assert visavis.run("doctor", "--data", ruled.data).returncode == 0


def test_a_refused_case_is_deleted_at_once(ruled):
    alice, bob = make_key(ruled, "alice"), make_key(ruled, "bob")
    ruled.client().index_faces(CollectionId="missing", Image={"Bytes": ruled.pictures[0]}, MaxFaces=1)
    open_case(ruled, alice, "refused", 48)
    face, _ = work_under(ruled, "refused")
    assert signed(ruled, bob, "POST", "/v1/cases/refused/refuse")[0] == 200
    restart(ruled)
    wait_for(lambda: case(ruled, "refused").get("erased", {}).get("faces") == 1)
    assert face not in {one["FaceId"] for one in ruled.client().list_faces(CollectionId="missing")["Faces"]}
