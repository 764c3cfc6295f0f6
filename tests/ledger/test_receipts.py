"""From a call of boto3 to a proof that a program of others accepts."""
import base64
import hashlib
import json
import time
import urllib.error
import urllib.request

import pytest

from support import ledger, visavis
from support.routes import signed_with_headers


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


def test_a_comparison_leaves_a_receipt_that_others_can_check(server, portraits, tmp_path):
    first, second, _ = portraits
    answer = server.client().compare_faces(SourceImage={"Bytes": first.read_bytes()},
                                           TargetImage={"Bytes": second.read_bytes()}, SimilarityThreshold=80)
    index = index_of(answer)
    status, headers, entry = fetch(f"{server.url}/v1/receipts/{index}")
    assert status == 200 and "immutable" in headers["Cache-Control"]
    record = json.loads(entry)
    assert record["operation"] == "CompareFaces" and record["outcome"] == "answered"
    assert record["candidates"]["count"] == len(answer["FaceMatches"])
    assert record["threshold"] == "80.0000"
    assert b'"root"' not in entry.replace(b'"root":', b"")  # the principal's name is nowhere
    (tmp_path / "entry").write_bytes(entry)
    (tmp_path / "proof").write_bytes(proof_of(server, index))
    key = fetch(f"{server.url}/ledger/log.vkey")[2].decode().strip()
    ok, words = ledger.ledgercheck("proof", tmp_path / "proof", tmp_path / "entry", key)
    assert ok, words
    visavis.run("ledger", "prove", "--check", tmp_path / "proof", "--entry", tmp_path / "entry", "--vkey", key, check=0)
    code, words = ledger.ours(server.url, "--vkey", key)
    assert code == 0, words


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
        digest = hashlib.sha256(base64.b64decode(one["salt"]) + b"visavis.receipt.v1/" + one["field"].encode() + b"\0"
                                + one["value"].encode()).digest()
        assert base64.b64encode(digest).decode() == one["commitment"] == record["commitments"][one["field"]]


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


def test_report_counts_what_happened(start_server, blank_picture, tmp_path):
    server = start_server()
    client = server.client()
    for _ in range(3):
        client.detect_faces(Image={"Bytes": blank_picture})
    page = tmp_path / "report.html"
    done = visavis.run("ledger", "report", "--from", "2020-01-01", "--to", "2099-12-31", "--html", page, "--json",
                       "--data", server.data, check=0)
    report = json.loads(done.stdout)
    assert report["by_operation"]["DetectFaces"]["answered"] == 3
    assert report["by_purpose"]["(none)"]["answered"] >= 3
    assert "DetectFaces" in page.read_text()
    assert sum(count["answered"] for count in report["by_sector"].values()) >= 3
    stats = json.loads(visavis.run("ledger", "stats", "--json", "--log", server.data, check=0).stdout)
    assert stats["operations"]["DetectFaces"]["answered"] == 3


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
    report = json.loads(visavis.run("ledger", "report", "--from", "2020-01-01", "--to", "2099-12-31", "--json",
                                    "--data", server.data, check=0).stdout)
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
