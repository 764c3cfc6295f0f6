"""From a call of boto3 to a proof that a program of others accepts."""
import base64
import hashlib
import json
import re
import time
import urllib.error
import urllib.request
import uuid

import pytest

from support import ledger, visavis
from support.calls import bytes_of, code_of, index, make_key
from support.routes import called, receipts_so_far, signed, signed_with_headers


def fetch(url, method="GET", body=None):
    """(status, headers, body) of a request without a signature."""
    request = urllib.request.Request(url, method=method, data=body)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def proof_of(server, index):
    """Waits for the checkpoint that covers the receipt."""
    end = time.monotonic() + 20
    while True:
        status, headers, body = fetch(f"{server.url}/v1/receipts/{index}/proof")
        if status == 200:
            return body
        assert status == 503 and headers["Retry-After"] == "1", (status, body)
        assert time.monotonic() < end
        time.sleep(0.2)


def index_of(answer):
    """From the header `x-visavis-receipt: <index> <log>`."""
    return int(answer["ResponseMetadata"]["HTTPHeaders"]["x-visavis-receipt"].split()[0])


def b64(content):
    return base64.b64encode(content).decode()


def commitment_of(opening):
    """What docs/formats/receipt.md says that an opening is committed to as."""
    return b64(hashlib.sha256(base64.b64decode(opening["salt"]) + b"visavis.receipt.v1/" + opening["field"].encode() + b"\0"
                              + opening["value"].encode()).digest())


@pytest.fixture
def searched(server, portraits):
    """(collection, FaceId, probe, answer) of a search that found its mate and not the other of two people."""
    client = server.client()
    name = f"c-{uuid.uuid4()}"
    client.create_collection(CollectionId=name)
    mate = index(client, name, portraits[0])
    index(client, name, portraits[2])
    probe = portraits[1].read_bytes()
    yield name, mate, probe, client.search_faces_by_image(CollectionId=name, Image={"Bytes": probe}, FaceMatchThreshold=85)
    client.delete_collection(CollectionId=name)


def test_a_search_leaves_a_receipt_that_others_can_check(server, searched, tmp_path):
    at = index_of(searched[-1])
    status, headers, entry = fetch(f"{server.url}/v1/receipts/{at}")
    assert status == 200 and "immutable" in headers["Cache-Control"]
    (tmp_path / "entry").write_bytes(entry)
    (tmp_path / "proof").write_bytes(proof_of(server, at))
    key = fetch(f"{server.url}/ledger/log.vkey")[2].decode().strip()
    ok, words = ledger.ledgercheck("proof", tmp_path / "proof", tmp_path / "entry", key)
    assert ok, words
    (tmp_path / "other").write_bytes(fetch(f"{server.url}/v1/receipts/{at - 1}")[2])
    assert not ledger.ledgercheck("proof", tmp_path / "proof", tmp_path / "other", key)[0], "the proof is of this receipt alone"
    visavis.run("ledger", "prove", "--check", tmp_path / "proof", "--entry", tmp_path / "entry", "--vkey", key, check=0)
    code, words = ledger.ours(server.url, "--vkey", key)
    assert code == 0, words


def test_a_searchs_receipt_says_how_it_was_searched_and_names_nobody(server, searched):
    name, mate, probe, answer = searched
    entry = fetch(f"{server.url}/v1/receipts/{index_of(answer)}")[2]
    record = json.loads(entry)
    assert (record["operation"], record["outcome"]) == ("SearchFacesByImage", "answered")
    assert record["gallery_size"] == 2 and record["candidates"]["count"] == len(answer["FaceMatches"]) == 1
    assert record["threshold"] == "85.0000"
    # Similarity 100 means one false match in ten million comparisons, and each of the seven decades has as many points.
    assert float(record["threshold_fmr"]) == pytest.approx(10 ** (-7 * 85 / 100), rel=0.01)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert float(headers["x-visavis-fmr"]) == pytest.approx(float(record["threshold_fmr"]), rel=0.01)
    assert record["model"]["hash"] == json.loads(visavis.run("models", "show", "--json", check=0).stdout)["hash"]
    assert record["model"]["curve"] == headers["x-visavis-curve"] and record["start"] <= record["end"]
    for secret in (name, mate, hashlib.sha256(probe).hexdigest(), b64(hashlib.sha256(probe).digest()), '"root",', "similarity"):
        assert secret.encode() not in entry, secret


def test_a_searchs_opening_shows_whom_it_found_where_and_with_what(server, searched):
    name, mate, probe, _ = searched
    answer = server.client().search_faces_by_image(CollectionId=name, Image={"Bytes": probe}, FaceMatchThreshold=0)
    status, opened = signed(server, server.keys(), "POST", f"/v1/receipts/{index_of(answer)}/open", {})
    assert status == 200, opened
    fields = {one["field"]: one["value"] for one in opened["fields"]}
    assert fields["collection"] == name and fields["principal"] == "root"
    assert fields["probe-0"] == hashlib.sha256(probe).hexdigest()
    matches = [{"id": match["Face"]["FaceId"], "similarity": f"{match['Similarity']:.4f}"} for match in answer["FaceMatches"]]
    assert matches[0]["id"] == mate and float(matches[1]["similarity"]) < 85
    assert [json.loads(candidate["value"]) for candidate in opened["candidates"]] == matches
    # What was opened is what the log committed to: field by field, and the candidates as a tree of two leaves.
    for one in opened["fields"] + opened["candidates"]:
        assert commitment_of(one) == one["commitment"]
    assert {one["field"]: one["commitment"] for one in opened["fields"]} == opened["record"]["commitments"]
    leaves = [hashlib.sha256(b"\0" + base64.b64decode(one["commitment"])).digest() for one in opened["candidates"]]
    assert opened["record"]["candidates"] == {"count": 2, "root": b64(hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest())}
    assert opened["record"] == json.loads(fetch(f"{server.url}/v1/receipts/{index_of(answer)}")[2])


def test_an_answer_says_where_its_receipt_stands(server, searched):
    name, _, probe, _ = searched
    body = {"CollectionId": name, "Image": {"Bytes": b64(probe)}}
    status, headers, answer = called(server, server.keys(), "SearchFacesByImage", body)
    assert status == 200 and len(answer["FaceMatches"]) == 1
    said = answer["Visavis"]["Receipt"]
    assert headers["x-visavis-receipt"] == f"{said['Index']} {said['Log']}"
    assert said["Log"] == fetch(f"{server.url}/ledger/checkpoint")[2].decode().splitlines()[0]
    assert said["Index"] == receipts_so_far(server) - 1
    assert json.loads(fetch(f"{server.url}/v1/receipts/{said['Index']}")[2])["operation"] == "SearchFacesByImage"


def test_a_comparison_leaves_a_receipt(server, portraits):
    first, second, _ = portraits
    answer = server.client().compare_faces(SourceImage={"Bytes": first.read_bytes()},
                                           TargetImage={"Bytes": second.read_bytes()}, SimilarityThreshold=80)
    record = json.loads(fetch(f"{server.url}/v1/receipts/{index_of(answer)}")[2])
    assert record["operation"] == "CompareFaces" and record["outcome"] == "answered"
    assert record["candidates"]["count"] == len(answer["FaceMatches"]) == 1
    assert record["threshold"] == "80.0000" and {"probe-0", "probe-1"} <= record["commitments"].keys()


def test_refusals_and_failures_leave_receipts_too(server):
    client = server.client()
    with pytest.raises(client.exceptions.ClientError) as raised:
        client.detect_faces(Image={"Bytes": b"this is no picture"})
    index = index_of(raised.value.response)
    record = json.loads(fetch(f"{server.url}/v1/receipts/{index}")[2])
    assert record["outcome"] == "failed" and record["error"] == "invalid_image_format"


def test_openings_show_what_was_committed_to(server, blank_picture):
    answer = server.client().detect_faces(Image={"Bytes": blank_picture})
    index = index_of(answer)
    opened = json.loads(visavis.run("ledger", "show", index, "--open", "--json", "--log", server.data, check=0).stdout)
    fields = {one["field"]: one["value"] for one in opened["fields"]}
    assert fields["principal"] == "root"
    assert fields["probe-0"] == hashlib.sha256(blank_picture).hexdigest()
    record = json.loads(fetch(f"{server.url}/v1/receipts/{index}")[2])
    for one in opened["fields"]:
        assert commitment_of(one) == one["commitment"] == record["commitments"][one["field"]]


def test_strangers_read_the_log_and_open_nothing(server, blank_picture):
    server.client().detect_faces(Image={"Bytes": blank_picture})
    assert fetch(f"{server.url}/ledger/checkpoint")[0] == 200
    assert fetch(f"{server.url}/v1/receipts/0/open", "POST", b"{}")[0] in (400, 403)
    assert fetch(f"{server.url}/v1/subjects/erase", "POST", b"{}")[0] in (400, 403)
    for path in ("tile/../key", "tile/0/..%2f..%2f..%2fkey", "tile/%2e%2e/key", "key", "lock", "journal"):
        status, _, body = fetch(f"{server.url}/ledger/{path}")
        assert status in (400, 404) and b"PRIVATE" not in body, path
    assert fetch(f"{server.url}/v1/receipts/99999999")[0] == 404
    assert fetch(f"{server.url}/v1/receipts/99999999/proof")[0] == 404


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_not(server, blank_picture):
    proof_of(server, index_of(server.client().detect_faces(Image={"Bytes": blank_picture})))
    status, headers, checkpoint = fetch(f"{server.url}/ledger/checkpoint")
    assert status == 200 and headers["Cache-Control"] == "no-cache"
    assert fetch(f"{server.url}/ledger/log.vkey")[1]["Cache-Control"] == "no-cache"
    full, width = divmod(int(checkpoint.splitlines()[1]), 256)
    for path in [f"{level}/{number:03}" for level in ("0", "entries") for number in range(full)] + \
                [f"{level}/{full:03}.p/{width}" for level in ("0", "entries") if width]:
        status, headers, body = fetch(f"{server.url}/ledger/tile/{path}")
        assert status == 200 and body == (server.data / "ledger/tile" / path).read_bytes(), path
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable", path
        assert headers["Access-Control-Allow-Origin"] == "*" and headers["Content-Type"] == "application/octet-stream"
    status, headers, _ = fetch(f"{server.url}/ledger/tile/0/{full + 1:03}")  # that is to come, and must not be thought absent then
    assert status == 404 and "Cache-Control" not in headers


def test_a_proof_asked_for_before_its_checkpoint_is_told_when_to_ask_again(start_server, blank_picture):
    """A directory in the checkpoint's place keeps the server from writing one, and from nothing else."""
    server = start_server()
    checkpoint = server.data / "ledger/checkpoint"
    earlier = checkpoint.rename(checkpoint.with_name("earlier"))
    checkpoint.mkdir()
    at = index_of(server.client().detect_faces(Image={"Bytes": blank_picture}))
    for _ in range(3):
        status, headers, body = fetch(f"{server.url}/v1/receipts/{at}/proof")
        assert status == 503 and headers["Retry-After"] == "1" and "Cache-Control" not in headers, body
        assert f"no checkpoint covers receipt `{at}` yet" in body.decode()
        assert fetch(f"{server.url}/v1/receipts/{at}")[0] == 200, "it is durable all the same"
        time.sleep(0.5)
    checkpoint.rmdir()
    earlier.rename(checkpoint)
    proof_of(server, at)
    status, headers, _ = fetch(f"{server.url}/v1/receipts/{at}/proof")
    assert status == 200 and headers["Cache-Control"] == "no-cache"


def test_the_key_is_handed_over_and_the_old_one_still_verifies(start_server, blank_picture, tmp_path):
    server = start_server()
    server.client().detect_faces(Image={"Bytes": blank_picture})
    old = fetch(f"{server.url}/ledger/log.vkey")[2].decode().strip()
    visavis.run("ledger", "rotate-key", "--data", server.data, check=0)
    server.client().detect_faces(Image={"Bytes": blank_picture})
    new = fetch(f"{server.url}/ledger/log.vkey")[2].decode().strip()
    assert new != old
    server.stop()
    for key in (old, new):
        code, words = ledger.ours(server.data, "--vkey", key)
        assert code == 0, words
    assert ledger.fsck(server.data / "ledger")[0]


def report_of(server, first, last, page=None):
    asked = ["ledger", "report", "--from", first, "--to", last, "--data", server.data, "--json", *(["--html", page] if page else [])]
    return json.loads(visavis.run(*asked, check=0).stdout)


def counts(answered=0, refused=0, failed=0, with_match=0, without_match=0):
    return {"answered": answered, "refused": refused, "failed": failed, "searches": with_match + without_match,
            "with_match": with_match, "without_match": without_match}


def test_the_yearly_report_counts_what_happened_and_its_page_says_so(start_server, portraits, blank_picture, tmp_path):
    server = start_server()
    client = server.client()
    for name in ("c", "empty"):
        client.create_collection(CollectionId=name)
    index(client, "c", portraits[0])
    found = [client.search_faces_by_image(CollectionId="c", Image=bytes_of(portraits[1])) for _ in range(2)]
    missed = [client.search_faces_by_image(CollectionId=name, Image=bytes_of(portraits[2])) for name in ("c", "c", "c", "empty")]
    assert [len(answer["FaceMatches"]) for answer in found + missed] == [1, 1, 0, 0, 0, 0]
    for _ in range(3):
        client.detect_faces(Image={"Bytes": blank_picture})
    assert code_of(client.detect_faces, Image={"Bytes": b"no picture"}) == "InvalidImageFormatException"
    bound = server.client(*make_key(server, "root", "--purpose", "missing-child", "--collections", "empty"))
    assert code_of(bound.search_faces_by_image, CollectionId="empty", Image=bytes_of(portraits[1])) == "answered"
    assert code_of(bound.search_faces_by_image, CollectionId="c", Image=bytes_of(portraits[1])) == "AccessDeniedException"
    for verdict in ("confirmed", "confirmed", "rejected"):
        path = f"/v1/receipts/{index_of(found[0])}/verifications"
        assert signed(server, server.keys(), "POST", path, {"candidate": 0, "verdict": verdict})[0] == 200

    report = report_of(server, "2020-01-01", "2099-12-31", tmp_path / "report.html")
    assert report["by_operation"]["SearchFacesByImage"] == counts(answered=7, refused=1, with_match=2, without_match=5)
    assert report["by_operation"]["DetectFaces"] == counts(answered=3, failed=1)
    assert report["by_operation"]["VerifyCandidate"] == counts(answered=3)
    assert report["by_purpose"]["missing-child"] == counts(answered=1, refused=1, without_match=1)
    assert report["searches_by_gallery_size"] == {"0": 2, "1-99": 5}
    assert (report["judgements"], report["confirmed"]) == (3, 2)
    for table in ("by_operation", "by_purpose", "by_sector"):
        assert sum(row["answered"] + row["refused"] + row["failed"] for row in report[table].values()) == report["receipts"]
    assert report["receipts"] == report["size"]
    stats = json.loads(visavis.run("ledger", "stats", "--json", "--log", server.data, check=0).stdout)
    assert stats["operations"]["SearchFacesByImage"]["answered"] == 7

    page = (tmp_path / "report.html").read_text()
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    for table in ("by_operation", "by_purpose", "by_sector"):
        for name, row in report[table].items():
            columns = ("answered", "refused", "failed", "searches", "with_match", "without_match")
            assert [name, *(str(row[column]) for column in columns)] in rows, name
    assert ["0", "2"] in rows and ["1-99", "5"] in rows
    figures = re.findall(r"<li><b>(.*?)</b> (.*?)</li>", page)
    assert [number for number, _ in figures] == [str(report[name]) for name in ("receipts", "judgements", "confirmed")]
    assert report["root"] in page

    other_year = report_of(server, "2020-01-01", "2020-12-31")
    assert other_year["receipts"] == other_year["judgements"] == 0 and other_year["by_operation"] == {}


def test_the_report_counts_by_sector_which_the_log_does_not_show(start_server, blank_picture, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "principals.toml").write_text('[organisations.centre]\nsector = "child-protection"\n'
                                          '[principals.anna]\norganisation = "centre"\nroot = true\n')
    server = start_server("data")
    made = json.loads(visavis.run("keys", "create", "--data", server.data, "--principal", "anna", "--json", check=0).stdout)
    index = index_of(server.client(made["access_key_id"], made["secret_access_key"]).detect_faces(Image={"Bytes": blank_picture}))
    server.client().detect_faces(Image={"Bytes": blank_picture})
    record = json.loads(fetch(f"{server.url}/v1/receipts/{index}")[2])
    assert "sector" in record["commitments"] and "child-protection" not in json.dumps(record)
    report = report_of(server, "2020-01-01", "2099-12-31")
    assert report["by_sector"]["child-protection"]["answered"] == 1
    assert report["by_sector"]["(none)"]["answered"] >= 1


def test_receipts_name_the_model_pack_by_its_hash(server, blank_picture):
    index = index_of(server.client().detect_faces(Image={"Bytes": blank_picture}))
    model = json.loads(fetch(f"{server.url}/v1/receipts/{index}")[2])["model"]
    told = json.loads(visavis.run("models", "show", "--json", check=0).stdout)
    assert model["hash"] == told["hash"] and len(model["curve"]) == 64
    assert json.loads(fetch(f"{server.url}/v1/receipts/{index}")[2])["v"] == 2


def test_no_setting_lets_receipts_go(tmp_path):
    """AI Act 19: at least six months; here no setting and no command shortens the log, and a wish for one is an error."""
    for line in ("receipts_keep_days = 30", "ledger_retention_days = 183", "[ledger]\nretention_days = 1"):
        settings = tmp_path / "settings.toml"
        settings.write_text(line + "\n")
        done = visavis.run("serve", "--config", settings, "--data", tmp_path / "data")
        assert done.returncode == 2 and line.split(" =")[0].split("\n")[0].strip("[]") in done.stderr
    commands = visavis.run("ledger", "--help", check=0).stdout
    assert not {"trim", "prune", "truncate", "delete", "compact"} & set(commands.replace("\n", " ").split())


@pytest.mark.parametrize("method, path, body, operation, outcome", [
    ("GET", "/v1/cases", None, "ListCases", "answered"),
    ("GET", "/v1/access-keys", None, "ListAccessKeys", "answered"),
    ("GET", "/v1/retention", None, "RetentionStatus", "answered"),
    ("POST", "/v1/cases/none/approve", {"authorisation": "court-1"}, "ApproveCase", "refused"),
    ("POST", "/v1/exports", {"collection": "c", "file": "/tmp/x", "passphrase": "p"}, "ExportCollection", "refused"),
    ("POST", "/v1/imports", {"collection": "c", "file": "/tmp/x", "passphrase": "p"}, "ImportCollection", "refused"),
    ("POST", "/v1/ledger/rotate-key", {}, "RotateKey", "refused"),
])
def test_our_own_routes_say_where_their_receipt_stands(server, method, path, body, operation, outcome):
    _, headers, _ = signed_with_headers(server, server.keys(), method, path, body)
    index = int(headers["x-visavis-receipt"].split()[0])
    record = json.loads(fetch(f"{server.url}/v1/receipts/{index}")[2])
    assert (record["operation"], record["outcome"]) == (operation, outcome)
