"""What somebody tries who wants more than he may: seconds too late, races with cases and reloads, floods, look-alikes."""
import concurrent.futures
import json
import pathlib
import re
import time

import pytest
from botocore.exceptions import ClientError

from support import visavis
from support.calls import code_of, make_key
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
ROLES = """
[roles.searcher]
principals = ["alice"]
purposes = ["missing-child"]
collections = ["missing"]
"""


def prepared(folder, rules=RULES):
    (folder / "policy").mkdir(parents=True)
    (folder / "policy" / "rules.cedar").write_text(rules)
    (folder / "principals.toml").write_text(PRINCIPALS)
    (folder / "roles.toml").write_text(ROLES)


@pytest.fixture
def ruled(tmp_path, start_server):
    prepared(tmp_path / "data")
    return start_server()


def test_a_key_and_a_session_end_to_the_second(tmp_path, start_server, moved_clock, blank_picture):
    prepared(tmp_path / "data")
    server = start_server(environment=moved_clock.environment())
    image = {"Bytes": blank_picture}
    key = make_key(server, "alice", "--purpose", "missing-child", "--expires", "2h")
    parent = make_key(server, "alice", "--purpose", "missing-child")
    made = server.client(*parent, service="sts").assume_role(RoleArn="arn:aws:iam::000000000000:role/searcher",
                                                             RoleSessionName="shift", DurationSeconds=3600)["Credentials"]
    session = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    moved_clock.move(seconds=3600 - 300)
    assert code_of(server.client(*session).detect_faces, Image=image) == "answered"
    moved_clock.move(seconds=301)
    assert code_of(server.client(*session).detect_faces, Image=image) == "ExpiredTokenException"
    moved_clock.move(seconds=3600 - 301)
    assert code_of(server.client(*key).detect_faces, Image=image) == "answered"
    moved_clock.move(seconds=301)
    assert code_of(server.client(*key).detect_faces, Image=image) == "ExpiredTokenException"
    # Signed in the past, to look as if it had been sent in time: the signature itself is then too old or the key still over.
    moved_clock.move(seconds=-20)
    late = server.client(*key)
    moved_clock.move(seconds=20)
    assert code_of(late.detect_faces, Image=image) == "ExpiredTokenException"


def test_a_case_closed_while_it_is_used_stops_what_begins_afterwards(ruled, blank_picture):
    alice, bob = make_key(ruled, "alice"), make_key(ruled, "bob")
    assert signed(ruled, alice, "POST", "/v1/cases", {"id": "c-1", "purpose": "missing-child", "hours": 9})[0] == 200
    assert signed(ruled, bob, "POST", "/v1/cases/c-1/approve", {"authorisation": "court-1"})[0] == 200
    key = make_key(ruled, "alice", "--purpose", "missing-child", "--case", "c-1")
    closed_at = [None]

    def use(_):
        client = ruled.client(*key)
        outcomes = []
        while not outcomes or outcomes[-1][1] == "answered":
            begun = time.monotonic()
            outcomes.append((begun, code_of(client.detect_faces, Image={"Bytes": blank_picture})))
        return outcomes

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(use, number) for number in range(4)]
        time.sleep(0.7)
        visavis.run("cases", "close", "c-1", "--data", ruled.data, check=0)
        closed_at[0] = time.monotonic()
        outcomes = [one for future in running for one in future.result(timeout=60)]
    assert sum(code == "answered" for _, code in outcomes) >= 4, "it was in use"
    assert {code for _, code in outcomes} == {"answered", "AccessDeniedException"}
    assert not [1 for begun, code in outcomes if code == "answered" and begun > closed_at[0]]


def test_every_decision_during_reloads_is_of_one_whole_set(ruled, blank_picture):
    """Set A permits, set B forbids: each receipt names one of the two, and its outcome is what that set says."""
    rules = pathlib.Path(ruled.data) / "policy" / "rules.cedar"
    closed = RULES + '@id("closed") forbid (principal, action == Action::"DetectFaces", resource) when { principal.name == "alice" };\n'
    hashes = {}
    for text, outcome in ((closed, "refused"), (RULES, "answered")):
        rules.write_text(text)
        status, answer = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")
        assert status == 200
        hashes[answer["policy_set"]] = outcome
    key = make_key(ruled, "alice")
    stop = [False]

    def use(_):
        client = ruled.client(*key)
        while not stop[0]:
            assert code_of(client.detect_faces, Image={"Bytes": blank_picture}) in ("answered", "AccessDeniedException")

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        running = [pool.submit(use, number) for number in range(3)]
        for number in range(20):
            rules.write_text(closed if number % 2 == 0 else RULES)
            assert signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")[0] == 200
            time.sleep(0.05)
        stop[0] = True
        for future in running:
            future.result(timeout=60)
    seen = set()
    for one in opened_receipts(ruled):
        record = one["record"]
        if record["operation"] == "DetectFaces":
            assert hashes[record["policy"]["set"]] == record["outcome"], record
            seen.add(record["outcome"])
    assert seen == {"answered", "refused"}, "both sets were met"


@pytest.mark.long
def test_ten_thousand_policies_load_and_decide(ruled, blank_picture):
    folder = pathlib.Path(ruled.data) / "policy"
    one = ('@id("rule-{0}") permit (principal == Principal::"person-{0}", action in Action::"identify", resource)\n'
           'when {{ context.purpose == "missing-child" }};\n')
    for part in range(2):
        (folder / f"many-{part}.cedar").write_text("".join(one.format(number) for number in range(part * 5000, part * 5000 + 5000)))
    status, answer = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload", timeout=600)
    assert (status, answer["policies"] > 10_000) == (200, True), answer
    assert code_of(ruled.client(*make_key(ruled, "alice")).detect_faces, Image={"Bytes": blank_picture}) == "answered"
    assert code_of(ruled.client(*make_key(ruled, "mallory")).detect_faces, Image={"Bytes": blank_picture}) == "AccessDeniedException"


def test_a_flood_of_text_is_refused_clearly_and_the_good_set_stays(ruled, blank_picture):
    folder = pathlib.Path(ruled.data) / "policy"
    (folder / "flood.cedar").write_text("// " + "x" * (5 << 20) + "\n")
    status, refused = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")
    assert status == 400 and "flood.cedar" in json.dumps(refused)
    (folder / "flood.cedar").write_text("permit (principal, action, resource) when { " + "(" * 700 + "true" + ")" * 700 + " };\n")
    status, refused = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")
    assert status == 400 and "flood.cedar:1" in json.dumps(refused)
    assert code_of(ruled.client(*make_key(ruled, "alice")).detect_faces, Image={"Bytes": blank_picture}) == "answered", "the good set stayed"


LOOK_ALIKES = ["аlice", "alicе", "ａlice", "al​ice", "‮ecila", "álice", "alice ", "alice\t"]


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=range(len(LOOK_ALIKES)))
def test_no_name_looks_like_another(ruled, name):
    """Letters of other alphabets, wide ones, invisible ones, reversed ones: they make no principal, case, collection or rule."""
    create = ("keys", "create", "--data", ruled.data, "--principal")
    assert visavis.run(*create, name).returncode == 2
    assert visavis.run(*create, "alice", "--collections", name).returncode == 2
    assert visavis.run(*create, "alice", "--recipient", name).returncode == 2
    assert visavis.run(*create, "alice", "--purpose", name).returncode == 2
    assert visavis.run("cases", "open", name, "--purpose", "missing-child", "--data", ruled.data).returncode in (2, 3)
    assert code_of(ruled.client().create_collection, CollectionId="c", Tags={"visavis:owner": name}) in (
        "InvalidParameterException", "ValidationException")
    with pytest.raises(Exception):
        ruled.client().create_collection(CollectionId=name)
    principals = pathlib.Path(ruled.data) / "principals.toml"
    principals.write_text(PRINCIPALS + f'[principals."{name}"]\nrole = "member"\n'.replace("\t", "\\t"))
    status, answer = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")
    assert status == 400, answer
    principals.write_text(PRINCIPALS)
    rules = pathlib.Path(ruled.data) / "policy" / "extra.cedar"
    rules.write_text(f'@id("extra") permit (principal == Principal::"{name}", action, resource);\n'.replace("\t", "\\t"))
    status, answer = signed(ruled, ruled.keys(), "POST", "/v1/policy/reload")
    rules.unlink()
    if name in LOOK_ALIKES[:2] + LOOK_ALIKES[4:5]:  # letters of two alphabets, or text that reads backwards
        assert status == 400, "the rule reads as if it were about alice"


def test_a_key_that_names_an_approver_is_inert_until_that_person_approves_it(ruled, blank_picture):
    image = {"Bytes": blank_picture}
    key = make_key(ruled, "alice", "--purpose", "missing-child", "--approved-by", "bob")
    shown = json.loads(visavis.run("keys", "list", "--data", ruled.data, "--json", check=0).stdout)["access_keys"]
    assert next(one for one in shown if one["access_key_id"] == key[0])["pending"] is True
    with pytest.raises(ClientError, match="waits for the approval of `bob`") as refused:
        ruled.client(*key).detect_faces(Image=image)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    sts = ruled.client(*key, service="sts")
    assert code_of(sts.get_caller_identity) != "answered", "it opens nothing at all"
    path = f"/v1/access-keys/{key[0]}/approve"
    for other in (make_key(ruled, "alice"), ruled.keys(), make_key(ruled, "mallory"), key):
        status, answer = signed(ruled, other, "POST", path)
        assert (status, answer["__type"]) == (400, "AccessDeniedException")
    assert visavis.run("keys", "approve", key[0], "--data", ruled.data).returncode == 3, "the operator is not bob"
    bob = make_key(ruled, "bob")
    status, answer = signed(ruled, bob, "POST", f"/v1/access-keys/{key[0]}/rotate")
    assert (status, answer["__type"]) == (400, "AccessDeniedException"), "who approves does not get the secret"
    status, approved = signed(ruled, bob, "POST", path)
    assert (status, approved["approved_by"], "pending" in approved) == (200, "bob", False) and "secret_access_key" not in approved
    assert code_of(ruled.client(*key).detect_faces, Image=image) == "answered"
    # Nobody approves what he made or uses himself.
    for options in (("alice", "--approved-by", "alice"), ("alice", "--approved-by", "local-operator")):
        assert visavis.run("keys", "create", "--data", ruled.data, "--principal", *options).returncode == 3
    # Root makes one over the network; the operator at the machine is another person, and approves it there.
    status, made = signed(ruled, ruled.keys(), "POST", "/v1/access-keys", {"principal": "alice", "approved_by": "local-operator"})
    assert status == 200
    second = made["access_key_id"], made["secret_access_key"]
    assert code_of(ruled.client(*second).detect_faces, Image=image) == "AccessDeniedException"
    visavis.run("keys", "approve", second[0], "--data", ruled.data, check=0)
    assert code_of(ruled.client(*second).detect_faces, Image=image) == "answered"
    ruled.stop()
    ruled.start()
    assert code_of(ruled.client(*key).detect_faces, Image=image) == "answered", "approval is durable"


def documented_routes():
    """(method, path) of every route of our own in docs/api.md, names filled in; `…/x` stands for another last step."""
    text = (visavis.ROOT / "docs" / "api.md").read_text()
    tables = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    routes = []
    last = None
    for code in re.findall(r"`([^`]+)`", tables):
        found = re.match(r"(?:(GET|POST) )?(/v1/\S+|…/\S+)", code)
        if not found:
            continue
        method, path = found.group(1) or (last or ("GET", ""))[0], found.group(2).split("?")[0]
        if path.startswith("…") and last:
            path = last[1].rsplit("/", 1)[0] + path[1:]
        last = (method, path)
        routes.append((method, re.sub(r"\{[^}]*\}", "1", path)))
    return sorted(set(routes))


def test_no_route_of_ours_answers_somebody_without_a_permit(ruled):
    mallory = make_key(ruled, "mallory")
    public = {("GET", "/v1/receipts/1"), ("GET", "/v1/receipts/proof"), ("GET", "/v1/receipts/1/proof"), ("GET", "/v1/model-card")}
    refused = 0
    routes = documented_routes()
    assert len(routes) >= 25, routes
    for method, path in routes:
        if (method, path) in public:
            continue
        status, answer = signed(ruled, mallory, method, path, {} if method == "POST" else None)
        assert status >= 400, (method, path, answer)
        refused += answer.get("__type") == "AccessDeniedException"
    assert refused >= 15, "the others did not even come to a decision: no such receipt, an empty body"


def test_a_key_of_another_account_reaches_nothing_here(ruled):
    """Root of another account is root there: this account's collections, keys and retention do not exist for it."""
    ruled.client().create_collection(CollectionId="missing", Tags={"visavis:retention-days": "30"})
    mine = make_key(ruled, "alice")
    other = make_key(ruled, "root", "--account", "111122223333")
    client = ruled.client(*other)
    assert client.list_collections()["CollectionIds"] == []
    for call, request in ((client.describe_collection, {"CollectionId": "missing"}), (client.delete_collection, {"CollectionId": "missing"}),
                          (client.list_faces, {"CollectionId": "missing"}),
                          (client.search_faces, {"CollectionId": "missing", "FaceId": "00000000-0000-4000-8000-000000000000"}),
                          (client.tag_resource, {"ResourceArn": "arn:aws:rekognition:us-east-1:000000000000:collection/missing",
                                                 "Tags": {"visavis:retention-days": "1"}})):
        assert code_of(call, **request) == "ResourceNotFoundException", request
    assert signed(ruled, other, "GET", "/v1/retention")[1] == {"collections": []}
    assert signed(ruled, other, "POST", "/v1/retention/sweep")[1] == {"collections": []}
    listed = signed(ruled, other, "GET", "/v1/access-keys")[1]["access_keys"]
    assert [key["access_key_id"] for key in listed] == [other[0]]
    for step in ("revoke", "rotate", "approve"):
        assert signed(ruled, other, "POST", f"/v1/access-keys/{mine[0]}/{step}")[1]["__type"] == "ResourceNotFoundException", step
    assert ruled.client().list_collections()["CollectionIds"] == ["missing"]
