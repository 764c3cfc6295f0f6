"""Receipts and the people they are about, over HTTP: judging candidates, opening, subject access, erasure."""
import json
import urllib.request

import pytest

from support import ledger, visavis
from support.calls import make_key
from support.routes import receipts_so_far, signed


def receipt_of(answer):
    return int(answer["ResponseMetadata"]["HTTPHeaders"]["x-visavis-receipt"].split()[0])


def record_of(server, index):
    with urllib.request.urlopen(f"{server.url}/v1/receipts/{index}", timeout=10) as answer:
        return json.load(answer)


def refused(answer):
    """Refused by policy, in the protocol's words."""
    status, body = answer
    return status == 400 and body["__type"].endswith("AccessDeniedException")


def states(server, key, index):
    status, answer = signed(server, key, "GET", f"/v1/receipts/{index}/verifications")
    assert status == 200, answer
    assert [one["candidate"] for one in answer["candidates"]] == list(range(len(answer["candidates"])))
    return [one["state"] for one in answer["candidates"]]


def opened(server, index):
    status, answer = signed(server, server.keys(), "POST", f"/v1/receipts/{index}/open", {})
    assert status == 200, answer
    return answer


def refuses_to_judge(server, key, index):
    judgement = {"candidate": 0, "verdict": "confirmed"}
    assert refused(signed(server, key, "POST", f"/v1/receipts/{index}/verifications", judgement))
    assert refused(signed(server, key, "GET", f"/v1/receipts/{index}/verifications"))
    assert states(server, server.keys(), index) == ["unverified"]


PRINCIPALS = """
[principals.anna]
role = "examiner"
[principals.bert]
role = "examiner"
"""
RULES = """
@id("root") permit (principal, action, resource) when { principal.root };
@id("examiners") permit (principal, action in [Action::"VerifyCandidate", Action::"Audit"], resource)
when { principal.role == "examiner" };
@id("cases") permit (principal, action in [Action::"OpenCase", Action::"ApproveCase"], resource)
when { principal.role == "examiner" };
"""


@pytest.fixture
def found(start_server, portraits, tmp_path):
    """A server with one person in collection `c`, the FaceId, and the receipt of a search that found it."""
    data = tmp_path / "data"
    (data / "policy").mkdir(parents=True)
    (data / "policy/rules.cedar").write_text(RULES)
    (data / "principals.toml").write_text(PRINCIPALS)
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c")
    face = client.index_faces(CollectionId="c", Image={"Bytes": portraits[0].read_bytes()}, MaxFaces=1)
    face = face["FaceRecords"][0]["Face"]["FaceId"]
    answer = client.search_faces_by_image(CollectionId="c", Image={"Bytes": portraits[1].read_bytes()})
    assert [match["Face"]["FaceId"] for match in answer["FaceMatches"]] == [face]
    return server, face, receipt_of(answer)


def test_candidates_are_judged_by_people(found):
    server, _, index = found
    path = f"/v1/receipts/{index}/verifications"
    assert states(server, server.keys(), index) == ["unverified"]
    status, body = signed(server, ("AKIAAAAAAAAAAAAAAAAA", "wrong"), "GET", path)
    assert status == 400 and "candidates" not in body
    anna, bert = make_key(server, "anna"), make_key(server, "bert")

    def judge(key, verdict="confirmed", candidate=0):
        return signed(server, key, "POST", path, {"candidate": candidate, "verdict": verdict})

    status, answer = judge(anna)
    assert status == 200 and (answer["confirmed_by"], answer["rejected_by"]) == (1, 0)
    status, answer = judge(anna)  # the same person twice is one person
    assert status == 200 and answer["confirmed_by"] == 1
    assert states(server, anna, index) == ["one"]
    status, answer = judge(bert)
    assert status == 200 and answer["confirmed_by"] == 2
    assert states(server, anna, index) == ["two"]
    record = record_of(server, answer["Receipt"]["Index"])
    assert record["operation"] == "VerifyCandidate"
    assert record["verification"] == {"receipt": index, "candidate": 0, "verdict": "confirmed"}
    assert "bert" not in json.dumps(record)
    status, answer = judge(bert, "rejected")  # a last word replaces the earlier one
    assert status == 200 and (answer["confirmed_by"], answer["rejected_by"]) == (1, 1)
    assert states(server, anna, index) == ["rejected"]
    assert judge(anna, candidate=1)[0] == 404  # the answer had one candidate
    assert judge(anna, verdict="perhaps")[0] == 400
    assert signed(server, anna, "POST", "/v1/receipts/999999/verifications", {"candidate": 0, "verdict": "confirmed"})[0] == 404
    assert refused(signed(server, anna, "POST", f"/v1/receipts/{index}/open", {}))  # examiners judge, they do not open


def test_a_collection_can_demand_two_persons_before_results_are_opened(found):
    server, face, index = found
    arn = server.client().describe_collection(CollectionId="c")["CollectionARN"]
    with pytest.raises(Exception, match="must be `true`"):
        server.client().tag_resource(ResourceArn=arn, Tags={"visavis:two-persons": "yes"})
    server.client().tag_resource(ResourceArn=arn, Tags={"visavis:two-persons": "true"})
    path = f"/v1/receipts/{index}/verifications"
    anna, bert = make_key(server, "anna"), make_key(server, "bert")

    def candidate():
        answer = opened(server, index)
        assert all("value" in field for field in answer["fields"])  # who asked, and why, is no result
        return answer["candidates"][0]

    def judge(key, verdict):
        assert signed(server, key, "POST", path, {"candidate": 0, "verdict": verdict})[0] == 200

    for key, verdict, state in ((None, None, "unverified"), (anna, "confirmed", "one"), (anna, "confirmed", "one")):
        if key:
            judge(key, verdict)
        shown = candidate()
        assert shown["state"] == state and "value" not in shown and "salt" not in shown and "erased" not in shown
        assert "two persons" in shown["withheld"]
        status, body = signed(server, server.keys(), "POST", f"/v1/receipts/{index}/handovers", {"candidates": [0]})
        assert status == 400 and "visavis:two-persons" in json.dumps(body)
    judge(bert, "confirmed")
    shown = candidate()
    assert shown["state"] == "two" and face in shown["value"] and "withheld" not in shown
    status, body = signed(server, server.keys(), "POST", f"/v1/receipts/{index}/handovers", {"candidates": [0]})
    assert "visavis:two-persons" not in json.dumps(body), body
    recipients = {"visavis:recipients": "police"}
    server.client().tag_resource(ResourceArn=arn, Tags=recipients)
    local = ("handover", index, "--data", server.data, "--recipient", "police", "--candidates", "0")
    given = visavis.run(*local, check=0)
    assert face in given.stdout
    judge(bert, "rejected")
    assert visavis.run(*local).returncode == 3, "the last word counts"
    assert candidate()["state"] == "rejected" and "value" not in candidate()
    told = visavis.run("ledger", "show", index, "--open", "--log", server.data, check=0)
    assert "(withheld)" in told.stdout


def test_subject_access_shows_what_concerns_a_person_and_no_one_else(found, portraits):
    server, face, index = found
    client = server.client()
    other = client.index_faces(CollectionId="c", Image={"Bytes": portraits[2].read_bytes()}, MaxFaces=1)
    other_face = other["FaceRecords"][0]["Face"]["FaceId"]
    status, answer = signed(server, server.keys(), "GET", f"/v1/subjects/c/{face}")
    assert status == 200, answer
    concerned = {receipt["index"]: receipt["record"]["operation"] for receipt in answer["receipts"]}
    assert concerned[index] == "SearchFacesByImage" and "IndexFaces" in concerned.values()
    assert receipt_of(other) not in concerned
    assert other_face not in json.dumps(answer) and face not in json.dumps(answer)
    assert refused(signed(server, make_key(server, "anna"), "GET", f"/v1/subjects/c/{face}"))
    told = visavis.run("ledger", "subject", "--key", f"c/{face}", "--data", server.data, check=0)
    assert "SearchFacesByImage" in told.stdout
    visavis.run("ledger", "subject", "--key", "c/00000000-0000-4000-8000-000000000000", "--data", server.data, check=1)


def test_erasing_a_person_leaves_nothing_but_a_log_that_verifies(found, portraits):
    server, face, index = found
    client = server.client()
    before = opened(server, index)
    assert face in before["candidates"][0]["value"]
    assert refused(signed(server, make_key(server, "anna"), "POST", "/v1/subjects/erase", {"collection": "c", "ids": [face]}))
    status, answer = signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": [face]})
    assert status == 200 and answer["openings"] >= 3, answer  # the candidate, its probe, and those of IndexFaces
    record = record_of(server, answer["Receipt"]["Index"])
    assert record["operation"] == "EraseSubject" and record["outcome"] == "answered"
    assert record["erasure"] == {"receipts": answer["receipts"], "openings": answer["openings"]}

    after = opened(server, index)
    gone = {"field": "candidate", "commitment": before["candidates"][0]["commitment"], "erased": True, "state": "unverified"}
    assert after["candidates"][0] == gone
    assert [one["field"] for one in after["fields"] if one.get("erased")] == ["probe-0"]
    assert after["record"] == before["record"]
    assert signed(server, server.keys(), "GET", f"/v1/subjects/c/{face}")[1]["receipts"] == []
    # Erased means erased: from the collection as well.
    assert client.list_faces(CollectionId="c")["Faces"] == []
    answer = client.search_faces_by_image(CollectionId="c", Image={"Bytes": portraits[1].read_bytes()})
    assert answer["FaceMatches"] == []
    server.stop()
    log = server.data / "ledger"
    code, words = ledger.ours(server.data)
    assert code == 0, words
    assert ledger.fsck(log)[0]
    ok, words = ledger.ledgercheck("log", log, ledger.vkey(log))
    assert ok, words
    told = visavis.run("ledger", "erase", "c", face, "--data", server.data, check=0)  # again, and without a server
    assert told.stdout.startswith("0 openings")


def test_a_user_and_the_faces_of_a_user_are_erased(start_server, portraits):
    server = start_server()
    client = server.client()
    client.create_collection(CollectionId="c")
    faces = [client.index_faces(CollectionId="c", Image={"Bytes": path.read_bytes()}, MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"]
             for path in portraits[:2]]
    client.create_user(CollectionId="c", UserId="u")
    client.associate_faces(CollectionId="c", UserId="u", FaceIds=faces)
    status, answer = signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": [faces[0]]})
    assert status == 200, answer
    assert [face["FaceId"] for face in client.list_faces(CollectionId="c", UserId="u")["Faces"]] == [faces[1]]
    image = {"Bytes": portraits[1].read_bytes()}
    found = client.search_users_by_image(CollectionId="c", Image=image)["UserMatches"]
    assert [match["User"]["UserId"] for match in found] == ["u"]  # fused anew from the face that stays
    status, answer = signed(server, server.keys(), "POST", "/v1/subjects/erase", {"collection": "c", "ids": ["u", faces[1]]})
    assert status == 200, answer
    assert client.list_users(CollectionId="c")["Users"] == [] and client.list_faces(CollectionId="c")["Faces"] == []


def test_another_account_opens_none_of_our_receipts(found):
    server, _, index = found
    stranger = make_key(server, "root", "--account", "111122223333")
    for path in (f"/v1/receipts/{index}/open", f"/v1/receipts/{index}/handovers"):
        assert refused(signed(server, stranger, "POST", path, {})), path
    refuses_to_judge(server, stranger, index)
    assert opened(server, index)["candidates"]


@pytest.mark.parametrize("bound", [("--collections", "other"), ("--case", "2026-1")])
def test_a_bound_credential_reaches_receipts_of_its_own_uses_only(found, bound):
    server, face, index = found
    if bound[0] == "--case":
        opening = {"id": bound[1], "purpose": "missing-child", "reason": "test", "hours": 9}
        status, answer = signed(server, make_key(server, "anna"), "POST", "/v1/cases", opening)
        assert status == 200, answer
        status, answer = signed(server, make_key(server, "bert"), "POST", f"/v1/cases/{bound[1]}/approve", {"authorisation": "court-1"})
        assert status == 200, answer
        bound += ("--purpose", "missing-child")
    elsewhere = make_key(server, "root", *bound)
    assert refused(signed(server, elsewhere, "POST", f"/v1/receipts/{index}/open", {}))
    refuses_to_judge(server, elsewhere, index)
    if bound[0] == "--collections":
        assert refused(signed(server, elsewhere, "GET", f"/v1/subjects/c/{face}"))
        within = make_key(server, "root", "--collections", "other,c")
        status, answer = signed(server, within, "POST", f"/v1/receipts/{index}/open", {})
        assert status == 200 and answer["candidates"], answer


def test_who_opened_which_receipt_is_on_record(found):
    server, _, index = found
    opened(server, index)
    fields = {field["field"]: field.get("value") for field in opened(server, receipts_so_far(server) - 1)["fields"]}
    assert fields["receipt"] == str(index) and fields["principal"] == "root"


def test_what_cannot_be_handed_over_leaves_a_receipt(found):
    server, _, index = found
    before = receipts_so_far(server)
    status, _ = signed(server, server.keys(), "POST", f"/v1/receipts/{index}/handovers", {"candidates": [7]})
    assert status == 404
    assert receipts_so_far(server) == before + 1
    assert record_of(server, before)["operation"] == "HandOverResult"
