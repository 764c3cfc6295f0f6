"""A result leaves for a recipient by a decision of its own, and the recipient can check what was given."""
import base64
import hashlib
import json

import pytest

from support import visavis
from support.calls import make_key
from support.routes import opened_receipts, signed

RULES = """
@id("root") permit (principal, action, resource) when { principal.root };
@id("members") permit (principal, action, resource) when { principal.role == "member" };
@id("judges") permit (principal, action == Action::"VerifyCandidate", resource) when { principal.role == "judge" };
@id("two") @advice("Two others must have confirmed it.")
forbid (principal, action == Action::"HandOverResult", resource) unless { context.confirmations >= 2 };
"""
PRINCIPALS = """
[principals.alice]
role = "member"
[principals.bob]
role = "judge"
[principals.carol]
role = "judge"
"""


@pytest.fixture
def searched(tmp_path, start_server, portraits):
    """A server, and the receipt of alice's search for a missing child, which has one candidate."""
    data = tmp_path / "data"
    (data / "policy").mkdir(parents=True)
    (data / "policy" / "rules.cedar").write_text(RULES)
    (data / "principals.toml").write_text(PRINCIPALS)
    server = start_server()
    first, again, other = (path.read_bytes() for path in portraits)
    root = server.client()
    root.create_collection(CollectionId="missing", Tags={"visavis:recipients": "hotline police"})
    for picture in (first, other):
        root.index_faces(CollectionId="missing", Image={"Bytes": picture}, MaxFaces=1)
    server.key = make_key(server, "alice", "--purpose", "missing-child", "--recipient", "hotline")
    found = server.client(*server.key).search_faces_by_image(CollectionId="missing", Image={"Bytes": again})
    assert len(found["FaceMatches"]) == 1
    server.face = found["FaceMatches"][0]["Face"]["FaceId"]
    server.receipt = int(found["ResponseMetadata"]["HTTPHeaders"]["x-visavis-receipt"].split()[0])
    return server


def hand_over(server, key=None, body=None, receipt=None):
    return signed(server, key or server.key, "POST", f"/v1/receipts/{server.receipt if receipt is None else receipt}/handovers",
                  body or {})


def confirm(server, key, verdict="confirmed"):
    status, answer = signed(server, key, "POST", f"/v1/receipts/{server.receipt}/verifications",
                            {"candidate": 0, "verdict": verdict})
    assert status == 200, answer


def test_two_others_confirm_before_it_leaves_and_the_recipient_can_check_it(searched):
    bob, carol = make_key(searched, "bob"), make_key(searched, "carol")
    assert "Two others must have confirmed it." in hand_over(searched)[1]["Message"]
    confirm(searched, searched.key)  # the searcher's own eyes do not count
    confirm(searched, bob)
    assert hand_over(searched)[1]["__type"] == "AccessDeniedException"
    confirm(searched, carol)
    confirm(searched, bob, "rejected")
    assert hand_over(searched)[1]["__type"] == "AccessDeniedException", "the last word counts"
    confirm(searched, bob)
    status, given = hand_over(searched)
    assert status == 200, given
    assert (given["recipient"], given["receipt"]) == ("hotline", searched.receipt)
    [candidate] = given["candidates"]
    assert (candidate["position"], candidate["confirmed_by"]) == (0, 2)
    assert json.loads(candidate["value"])["id"] == searched.face

    # With SHA-256 alone: the value belongs to the published record, whose only candidate it is.
    commitment = hashlib.sha256(base64.b64decode(candidate["salt"]) + b"visavis.receipt.v1/candidate\0" +
                                candidate["value"].encode()).digest()
    assert base64.b64encode(commitment).decode() == candidate["commitment"]
    root = hashlib.sha256(b"\0" + commitment).digest()
    assert given["record"]["candidates"] == {"count": 1, "root": base64.b64encode(root).decode()}
    assert "principal" not in {field["field"] for field in given["fields"]}, "who searched is not part of the result"

    [handed] = [one for one in opened_receipts(searched) if one["record"]["operation"] == "HandOverResult"
                and one["record"]["outcome"] == "answered"]
    fields = {field["field"]: field.get("value") for field in handed["fields"]}
    assert (fields["recipient"], fields["receipt"], fields["collection"]) == ("hotline", str(searched.receipt), "missing")
    assert handed["index"] == given["Receipt"]["Index"]
    # Asked about the person, the ledger names whoever was told.
    status, about = signed(searched, searched.keys(), "GET", f"/v1/subjects/missing/{searched.face}")
    assert given["Receipt"]["Index"] in [one["index"] for one in about["receipts"]]


def test_only_to_the_credentials_recipient_whom_the_collection_names(searched):
    for judge in ("bob", "carol"):
        confirm(searched, make_key(searched, judge))
    newspaper = make_key(searched, "alice", "--purpose", "missing-child", "--recipient", "newspaper")
    nobody = make_key(searched, "alice", "--purpose", "missing-child")
    research = make_key(searched, "alice", "--purpose", "research", "--recipient", "hotline")
    for key, body, words in ((newspaper, {}, "names no such recipient"), (nobody, {}, "names no such recipient"),
                             (research, {}, "another purpose"), (searched.key, {"recipient": "police"}, "the credential's")):
        status, answer = hand_over(searched, key, body)
        assert (status, answer["__type"]) == (400, "AccessDeniedException"), body
        assert words in answer["Message"]
    assert hand_over(searched, body={"candidates": [1]})[1]["__type"] == "ResourceNotFoundException"
    assert hand_over(searched, body={"candidates": []})[1]["__type"] == "ValidationException"
    assert hand_over(searched, body={"to": "me"})[1]["__type"] == "ValidationException"
    assert hand_over(searched, receipt=searched.receipt - 1)[1]["__type"] == "InvalidParameterException"
    assert hand_over(searched, receipt=10**6)[1]["__type"] == "ResourceNotFoundException"
    assert hand_over(searched, body={"recipient": "hotline"})[0] == 200


def test_an_erased_person_is_not_handed_over(searched):
    for judge in ("bob", "carol"):
        confirm(searched, make_key(searched, judge))
    assert signed(searched, searched.keys(), "POST", "/v1/subjects/erase", {"collection": "missing", "ids": [searched.face]})[0] == 200
    assert "was erased" in json.dumps(hand_over(searched)[1])


def test_the_operator_at_the_machine_says_to_whom(searched, tmp_path):
    out = tmp_path / "result.json"
    command = ("handover", searched.receipt, "--data", searched.data, "--out", out)
    assert visavis.run(*command, "--recipient", "hotline").returncode == 3, "nobody has confirmed it"
    for judge in ("bob", "carol"):
        confirm(searched, make_key(searched, judge))
    assert visavis.run(*command, "--recipient", "newspaper").returncode == 3
    visavis.run(*command, "--recipient", "police", "--candidates", "0", check=0)
    assert json.loads(out.read_text())["recipient"] == "police"
    assert out.stat().st_mode & 0o777 == 0o600
