"""No room for receipts: nothing may happen that could not be recorded."""
import collections

import pytest

from support import ledger, visavis
from support.full_disk import fill
from support.routes import opened_receipts, receipts_so_far, signed


@pytest.fixture
def small_ledger(mount_disk, tmp_path):
    """A server's folder whose ledger lies on a disk of its own; everything else has room."""
    data = tmp_path / "data"
    mount_disk(data / "ledger", "4m")
    data.chmod(0o700)
    return data


def opening(name):
    return {"id": name, "purpose": "missing-child", "reason": "r", "hours": 9}


def open_until_refused(server, key, word):
    """Names of the cases that were opened, and the status of the one that was not."""
    opened = []
    for i in range(2_000):
        status, _ = signed(server, key, "POST", "/v1/cases", opening(f"{word}-{i}"))
        if status != 200:
            return opened, status
        opened.append(f"{word}-{i}")
    raise AssertionError("the disk is not full")


def cases_of(server, key):
    return {one["id"] for one in signed(server, key, "GET", "/v1/cases")[1]["cases"]}


def test_what_cannot_be_recorded_does_not_happen(small_ledger, start_server):
    server = start_server("data")
    root = server.keys()
    client = server.client()
    client.create_collection(CollectionId="c")
    arn = client.describe_collection(CollectionId="c")["CollectionARN"]
    filler = fill(small_ledger / "ledger")
    opened, status = open_until_refused(server, root, "full")
    assert status == 500 and opened, "there is some room at first"
    for refused in (lambda: client.create_collection(CollectionId="d"),
                    lambda: client.tag_resource(ResourceArn=arn, Tags={"a": "b"})):
        with pytest.raises(client.exceptions.InternalServerError):
            refused()
    assert signed(server, root, "POST", "/v1/access-keys", {"principal": "anna"})[0] == 500
    assert "cannot write" in server.errors(), "the operator is told why"
    assert client.list_collections()["CollectionIds"] == ["c"], "what leaves no receipt goes on"
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {}

    filler.unlink()
    assert cases_of(server, root) == set(opened)
    keys = signed(server, root, "GET", "/v1/access-keys")[1]["access_keys"]
    assert [key["principal"] for key in keys] == ["root"]
    client.create_collection(CollectionId="d")
    server.stop()
    server.start()
    happened = collections.Counter(one["record"]["operation"] for one in opened_receipts(server)
                                   if one["record"]["outcome"] == "answered")
    assert happened["OpenCase"] == len(opened) and happened["CreateCollection"] == 2
    assert happened["TagResource"] == 0 and happened["CreateAccessKey"] == 1, "root's own, at the first start"
    server.stop()
    code, words = ledger.ours(server.data)
    assert code == 0, words


def test_a_change_that_the_database_cannot_keep_leaves_no_receipt_that_it_was_made(mount_disk, start_server, tmp_path):
    disk = mount_disk(tmp_path / "data", "12m")
    mount_disk(disk / "ledger", "8m")
    server = start_server("data")
    client = server.client()
    client.create_collection(CollectionId="c-first")
    filler = fill(disk)
    failed = 0
    for i in range(2_000):
        try:
            client.create_collection(CollectionId=f"c-{i}")
        except client.exceptions.InternalServerError:
            failed += 1
            if failed == 5:
                break
    assert failed == 5
    filler.unlink()
    made = set(client.list_collections(MaxResults=1_000)["CollectionIds"])
    client.create_collection(CollectionId="c-last")
    server.stop()
    server.start()
    told = [one for one in opened_receipts(server) if one["record"]["operation"] == "CreateCollection"]
    answered = {field["value"] for one in told if one["record"]["outcome"] == "answered" for field in one["fields"] if field["field"] == "collection"}
    assert answered == made | {"c-last"}
    assert sum(one["record"]["outcome"] == "failed" for one in told) == failed


def test_operations_without_receipts_are_on_record_themselves(start_server, tmp_path, portraits):
    settings = tmp_path / "settings.toml"
    settings.write_text('receipts_without = ["DetectFaces"]\n')
    server = start_server("data", "--config", settings)
    before = receipts_so_far(server)
    server.client().detect_faces(Image={"Bytes": portraits[0].read_bytes()})
    assert receipts_so_far(server) == before
    assert "WithoutReceipts:DetectFaces" in [one["record"]["operation"] for one in opened_receipts(server)]


def test_a_receipt_less_operation_must_exist(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text('receipts_without = ["DetectFace"]\n')
    done = visavis.run("serve", "--config", settings, "--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert done.returncode == 2 and "`DetectFace`" in done.stderr, done.stderr

