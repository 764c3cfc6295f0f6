"""`visavis collections create`, `list`, `describe` and `delete`, beside a server and without one."""
import json

from support import visavis


def collections(data, *arguments, check=0):
    return visavis.run("collections", *arguments, data=data, check=check)


def test_beside_a_server_they_are_the_servers_collections(start_server):
    server = start_server("data")
    client = server.client()
    made = collections(server.data, "create", "staff", "--tag", "purpose=door", "--tag", "rule=a=b").stdout
    told = json.loads(collections(server.data, "create", "guests", "--json").stdout)
    version, arn = told["FaceModelVersion"], told["CollectionArn"].replace("guests", "staff")
    assert told["StatusCode"] == 200 and made == f"{arn} (face model {version})\n"
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"purpose": "door", "rule": "a=b"}
    client.create_user(CollectionId="staff", UserId="u")
    assert collections(server.data, "list").stdout == "staff\nguests\n"
    described = json.loads(collections(server.data, "describe", "staff", "--json").stdout)
    by_api = client.describe_collection(CollectionId="staff")
    assert described == {"FaceCount": 0, "UserCount": 1, "FaceModelVersion": version, "CollectionARN": arn,
                         "CreationTimestamp": by_api["CreationTimestamp"].timestamp()}
    words = collections(server.data, "describe", "staff").stdout
    assert words == f"staff: 0 faces, 1 users, face model {version}, made {by_api['CreationTimestamp']:%F %T} UTC\n  {arn}\n"
    assert collections(server.data, "delete", "staff").stdout == ""
    assert json.loads(collections(server.data, "delete", "guests", "--json").stdout)["StatusCode"] == 200
    assert collections(server.data, "list").stdout == "" and client.list_collections()["CollectionIds"] == []


def test_what_is_wrong_is_named_on_stderr(start_server):
    data = start_server("data").data
    collections(data, "create", "staff")
    for arguments, words in ((("describe", "nobody"), "nobody"), (("describe", "nobody", "--json"), "nobody"), (("delete", "nobody"), "nobody"),
                             (("create", "staff"), "collection id: staff already exists"), (("create", "a b"), "Value 'a b' at 'collectionId'"),
                             (("create", "new", "--tag", "nonsense"), "`nonsense`")):
        done = collections(data, *arguments, check=2)
        assert done.stderr.startswith("error: ") and words in done.stderr and done.stdout == "", arguments
    assert "id is required" in collections(data, "delete", check=2).stderr
    assert collections(data, "list").stdout == "staff\n"


def test_without_a_server_they_open_the_directory_themselves(tmp_path):
    """Only `create` makes one."""
    data = tmp_path / "data"
    nothing = collections(data, "list", check=4)
    assert "no data directory" in nothing.stderr and nothing.stdout == "" and not data.exists()
    arn = json.loads(collections(data, "create", "staff", "--json").stdout)["CollectionArn"]
    described = json.loads(collections(data, "describe", "staff", "--json").stdout)
    assert (described["FaceCount"], described["UserCount"], described["CollectionARN"]) == (0, 0, arn)
    assert collections(data, "list").stdout == "staff\n"
    assert collections(data, "delete", "staff").stdout == ""
    gone = collections(data, "describe", "staff", check=2)
    assert gone.stderr == "error: Collection:staff not found!\n" and gone.stdout == ""


def test_an_error_is_one_line(tmp_path):
    told = visavis.run("collections", "list", data=tmp_path / "none", check=4)
    assert told.stderr == "error: there is no data directory, so there are no collections; give --data\n"


def test_the_json_of_a_list_is_the_operations_own(start_server):
    """As docs/cli.md and --help say of --json."""
    server = start_server("data")
    for name in ("staff", "guests"):
        server.client().create_collection(CollectionId=name)
    told = json.loads(collections(server.data, "list", "--json").stdout)
    assert told["CollectionIds"] == ["staff", "guests"] and len(told["FaceModelVersions"]) == 2
