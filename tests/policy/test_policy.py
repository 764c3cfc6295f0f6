"""The policy decides about real requests of a real server: keys, roles, sessions, cases, reload."""
import json
import pathlib
import signal
import time
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from support import visavis
from support.calls import code_of, make_key
from support.routes import receipts_so_far, signed

PRINCIPALS = """
[organisations.centre]
sector = "child-protection"
registered-as = ["missing-children"]
[principals.alice]
organisation = "centre"
role = "member"
[principals.bob]
role = "judge"
"""
RULES = """
@id("root") permit (principal, action, resource) when { principal.root };
@id("members") permit (principal, action in [Action::"analyse", Action::"verify"], resource)
when { principal.role == "member" && context.purpose == "missing-child" };
@id("members-roles") permit (principal, action in [Action::"AssumeRole", Action::"OpenCase"], resource)
when { principal.role == "member" };
@id("judges") permit (principal, action in [Action::"ApproveCase", Action::"ListCases"], resource)
when { principal.role == "judge" };
"""
ROLES = """
[roles.searcher]
principals = ["alice"]
purposes = ["missing-child", "missing-person"]
collections = ["missing"]
"""


@pytest.fixture
def ruled(tmp_path, start_server):
    """A server with the rules above, its root key, and make_key(principal, *options) for others."""
    data = tmp_path / "data"
    (data / "policy").mkdir(parents=True)
    (data / "policy" / "rules.cedar").write_text(RULES)
    (data / "principals.toml").write_text(PRINCIPALS)
    (data / "roles.toml").write_text(ROLES)
    return start_server("data")


def test_the_first_start_says_that_it_is_a_laboratory(server):
    assert "The policy is open-lab: the root key may do everything" in server.banner


def test_a_server_for_others_does_not_start_without_a_chosen_policy(tmp_path):
    with pytest.raises(RuntimeError, match="visavis policy use PROFILE"):
        visavis.Server(tmp_path / "data", "--tls-at-proxy", listen="0.0.0.0:0")
    visavis.run("policy", "use", "public-safety-99", "--data", tmp_path / "data", check=0)
    with visavis.Server(tmp_path / "data", "--tls-at-proxy", listen="0.0.0.0:0") as running:
        assert "open-lab" not in running.banner


def test_a_key_works_for_its_purpose_and_no_other(ruled, blank_picture):
    image = {"Bytes": blank_picture}
    with_purpose = ruled.client(*make_key(ruled, "alice", "--purpose", "missing-child"))
    assert code_of(with_purpose.detect_faces, Image=image) == "answered"
    assert code_of(with_purpose.list_collections) in ("AccessDeniedException", "UnknownOperationException")
    other = ruled.client(*make_key(ruled, "alice", "--purpose", "research"))
    with pytest.raises(ClientError) as refused:
        other.detect_faces(Image=image)
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith(
        "User: arn:aws:iam::000000000000:user/alice is not authorized to perform: rekognition:DetectFaces on resource: *")
    assert "no policy permits `alice` to DetectFaces for the purpose `research`" in error["Message"]


def test_a_purpose_claimed_in_the_request_opens_nothing(ruled, blank_picture):
    key = make_key(ruled, "alice")
    for claim in ({"Purpose": "missing-child"}, {"purpose": "missing-child"}, {"Visavis": {"purpose": "missing-child"}}):
        request = AWSRequest(method="POST", url=ruled.url + "/",
                             data=json.dumps({"Image": {"Bytes": "aGVsbG8="}, **claim}),
                             headers={"X-Amz-Target": "RekognitionService.DetectFaces", "x-visavis-purpose": "missing-child",
                                      "Content-Type": "application/x-amz-json-1.1"})
        SigV4Auth(Credentials(*key), "rekognition", visavis.REGION).add_auth(request)
        plain = urllib.request.Request(ruled.url + "/", data=request.data.encode(), headers=dict(request.headers))
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(plain, timeout=30)
        assert json.load(refused.value)["__type"] == "AccessDeniedException"


def test_keys_are_listed_rotated_and_revoked(ruled, blank_picture):
    image = {"Bytes": blank_picture}
    key = make_key(ruled, "alice", "--purpose", "missing-child", "--expires", "48h", "--collections", "a,b")
    listed = visavis.run("keys", "list", "--data", ruled.data, "--json", check=0).stdout
    assert key[1] not in listed
    mine = next(one for one in json.loads(listed)["access_keys"] if one["access_key_id"] == key[0])
    assert mine["purpose"] == "missing-child" and mine["collections"] == ["a", "b"] and "expires" in mine
    rotated = json.loads(visavis.run("keys", "rotate", key[0], "--data", ruled.data, "--json", check=0).stdout)
    assert code_of(ruled.client(*key).detect_faces, Image=image) == "UnrecognizedClientException"
    new = rotated["access_key_id"], rotated["secret_access_key"]
    assert code_of(ruled.client(*new).detect_faces, Image=image) == "answered"
    visavis.run("keys", "revoke", new[0], "--data", ruled.data, check=0)
    assert code_of(ruled.client(*new).detect_faces, Image=image) == "UnrecognizedClientException"


def test_nobody_makes_a_key_that_may_do_more(ruled):
    assert visavis.run("keys", "create", "--data", ruled.data, "--principal", "alice", "--purpose", "curiosity").returncode == 2
    assert visavis.run("keys", "create", "--data", ruled.data, "--principal", "alice", "--purpose", "missing-child",
                       "--approved-by", "alice").returncode == 3
    alice = make_key(ruled, "alice", "--purpose", "missing-child")
    status, answer = signed(ruled, alice, "POST", "/v1/access-keys", {"principal": "root"})
    assert (status, answer["__type"]) == (400, "AccessDeniedException")


def test_sessions_of_a_role_are_for_what_it_names(ruled, blank_picture):
    image = {"Bytes": blank_picture}
    alice = make_key(ruled, "alice")
    sts = ruled.client(*alice, service="sts")
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:user/alice"

    def assume(**more):
        wanted = {"RoleArn": "arn:aws:iam::000000000000:role/searcher", "RoleSessionName": "shift-3", **more}
        made = sts.assume_role(**wanted)["Credentials"]
        return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]

    session = assume(Tags=[{"Key": "purpose", "Value": "missing-child"}])
    assert code_of(ruled.client(*session).detect_faces, Image=image) == "answered"
    assert ruled.client(*session, service="sts").get_caller_identity()["Arn"].endswith("assumed-role/searcher/shift-3")
    # A tag chooses among the role's purposes; it adds none.
    for tags in ([{"Key": "purpose", "Value": "research"}], [], [{"Key": "colour", "Value": "red"}]):
        with pytest.raises(ClientError):
            assume(Tags=tags)
    with pytest.raises(ClientError) as refused:
        assume(Tags=[{"Key": "purpose", "Value": "missing-child"}], RoleArn="arn:aws:iam::000000000000:role/other")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    # Forged, truncated, without its token, with another's.
    second = assume(Tags=[{"Key": "purpose", "Value": "missing-child"}])
    for token in (session[2][:-8], session[2][::-1], second[2], None):
        assert code_of(ruled.client(session[0], session[1], token).detect_faces, Image=image) == "UnrecognizedClientException"
    # A session makes no session.
    chained = ruled.client(*session, service="sts")
    with pytest.raises(ClientError):
        chained.assume_role(RoleArn="arn:aws:iam::000000000000:role/searcher", RoleSessionName="shift-4")
    visavis.run("roles", "revoke", "searcher", "--data", ruled.data, check=0)
    assert code_of(ruled.client(*session).detect_faces, Image=image) == "UnrecognizedClientException", "replayed after revocation"


def test_sessions_end_with_the_key_that_made_them(ruled, blank_picture):
    alice = make_key(ruled, "alice", "--purpose", "missing-child")
    made = ruled.client(*alice, service="sts").assume_role(
        RoleArn="arn:aws:iam::000000000000:role/searcher", RoleSessionName="shift-5")["Credentials"]
    session = ruled.client(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    assert code_of(session.detect_faces, Image={"Bytes": blank_picture}) == "answered"
    visavis.run("keys", "revoke", alice[0], "--data", ruled.data, check=0)
    assert code_of(session.detect_faces, Image={"Bytes": blank_picture}) == "UnrecognizedClientException"


def test_a_case_needs_two_people(ruled, blank_picture):
    alice = make_key(ruled, "alice")
    bob = make_key(ruled, "bob")
    opening = {"id": "2026-118", "purpose": "missing-child", "reason": "last seen at the station", "hours": 72}
    status, opened = signed(ruled, alice, "POST", "/v1/cases", opening)
    assert (status, opened["state"]) == (200, "open")
    bound = ruled.client(*make_key(ruled, "alice", "--purpose", "missing-child", "--case", "2026-118"))
    image = {"Bytes": blank_picture}
    assert code_of(bound.detect_faces, Image=image) == "AccessDeniedException"
    status, refused = signed(ruled, alice, "POST", "/v1/cases/2026-118/approve", {"authorisation": "court-77"})
    assert (status, refused["__type"]) == (400, "AccessDeniedException")
    status, approved = signed(ruled, bob, "POST", "/v1/cases/2026-118/approve", {"authorisation": "court-77"})
    assert (status, approved["state"], approved["approver"]) == (200, "approved", "bob")
    assert code_of(bound.detect_faces, Image=image) == "answered"
    visavis.run("cases", "close", "2026-118", "--data", ruled.data, check=0)
    assert code_of(bound.detect_faces, Image=image) == "AccessDeniedException"


def test_reload_takes_a_good_set_and_keeps_it_over_a_bad_one(ruled, blank_picture):
    image = {"Bytes": blank_picture}
    key = ruled.client(*make_key(ruled, "alice", "--purpose", "missing-child"))
    rules = pathlib.Path(ruled.data) / "policy" / "rules.cedar"
    rules.write_text(RULES.replace("missing-child", "missing-person"))
    ruled.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while code_of(key.detect_faces, Image=image) == "answered" and time.monotonic() < end:
        time.sleep(0.05)
    assert code_of(key.detect_faces, Image=image) == "AccessDeniedException"
    rules.write_text("@id(\"all\") permit (principal, action, resource) when { principal.race == 1 };")
    status, answer = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")
    assert status == 400 and "rules.cedar:1" in json.dumps(answer)
    assert code_of(key.detect_faces, Image=image) == "AccessDeniedException"
    assert len([one for one in (ruled.data / "policy" / "history").iterdir() if one.is_dir()]) == 2
    receipts = [json.load(urllib.request.urlopen(f"{ruled.url}/v1/receipts/{index}", timeout=30)) for index in range(receipts_so_far(ruled))]
    assert [one["outcome"] for one in receipts if one["operation"] == "ReloadPolicy"] == ["answered", "failed"], "SIGHUP's, and the route's"


def test_the_secret_of_a_key_is_in_no_log(ruled):
    key = make_key(ruled, "alice", "--purpose", "missing-child")
    assert key[1] not in ruled.errors()
