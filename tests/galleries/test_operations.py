"""The operations on collections, faces and tags through boto3, against the rules of Rekognition's API reference."""
import concurrent.futures
import io
import json
import urllib.request
import uuid

import pytest

from support.calls import bytes_of, code_of, index


def test_a_collection_is_made_described_listed_and_deleted(client):
    name = f"A.b-c_{uuid.uuid4()}"
    made = client.create_collection(CollectionId=name, Tags={"purpose": "door"})
    assert made["StatusCode"] == 200
    assert made["CollectionArn"] == f"arn:aws:rekognition:us-east-1:000000000000:collection/{name}"
    assert code_of(lambda: client.create_collection(CollectionId=name)) == "ResourceAlreadyExistsException"
    described = client.describe_collection(CollectionId=name)
    assert (described["FaceCount"], described["UserCount"]) == (0, 0)
    assert described["FaceModelVersion"] == made["FaceModelVersion"]
    assert described["CollectionARN"] == made["CollectionArn"]
    listed = client.list_collections()
    assert name in listed["CollectionIds"]
    assert len(listed["CollectionIds"]) == len(listed["FaceModelVersions"])
    assert client.list_tags_for_resource(ResourceArn=made["CollectionArn"])["Tags"] == {"purpose": "door"}
    assert client.delete_collection(CollectionId=name)["StatusCode"] == 200
    for call in (client.describe_collection, client.delete_collection, client.list_faces, client.list_users):
        assert code_of(lambda: call(CollectionId=name)) == "ResourceNotFoundException"
    assert name not in client.list_collections()["CollectionIds"]


@pytest.mark.parametrize("name", ["x", "x" * 255, "a_B.c-9"])
def test_names_at_the_limits_of_the_model(client, name):
    client.create_collection(CollectionId=name)
    assert client.describe_collection(CollectionId=name)["FaceCount"] == 0
    client.delete_collection(CollectionId=name)


@pytest.mark.parametrize("name", ["x" * 256, "a b", "ä", "a/b"])
def test_names_beyond_them(client, name):
    assert code_of(lambda: client.create_collection(CollectionId=name)) == "ValidationException"


def test_users_and_external_ids_at_the_limits_of_the_model(client, collection, portraits):
    external = "e:" + "x" * 253
    face = index(client, collection, portraits[0], ExternalImageId=external)
    user = "u:" + "x" * 126
    client.create_user(CollectionId=collection, UserId=user)
    client.associate_faces(CollectionId=collection, UserId=user, FaceIds=[face])
    listed = client.list_faces(CollectionId=collection)["Faces"][0]
    assert (listed["ExternalImageId"], listed["UserId"]) == (external, user)
    for wrong in ("a b", "x" * 256, "a/b"):
        assert code_of(lambda: index(client, collection, portraits[0], ExternalImageId=wrong)) == "ValidationException"
    assert code_of(lambda: client.create_user(CollectionId=collection, UserId="x" * 129)) == "ValidationException"


def test_collections_belong_to_their_account(server, client, collection, portraits):
    """Another account neither sees nor reaches them (its key is made beside the running server)."""
    from support import visavis

    made = visavis.run("keys", "create", "--principal", "root", "--account", "111122223333", "--json", data=server.data)
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    assert key["account"] == "111122223333"
    other = server.client(key["access_key_id"], key["secret_access_key"])
    face = index(client, collection, portraits[0])
    assert collection not in other.list_collections()["CollectionIds"]
    assert code_of(lambda: other.search_faces(CollectionId=collection, FaceId=face)) == "ResourceNotFoundException"
    for call in (other.describe_collection, other.list_faces, other.list_users, other.delete_collection):
        assert code_of(lambda: call(CollectionId=collection)) == "ResourceNotFoundException"
    arn = f"arn:aws:rekognition:us-east-1:000000000000:collection/{collection}"
    assert code_of(lambda: other.list_tags_for_resource(ResourceArn=arn)) == "ResourceNotFoundException"
    other.create_collection(CollectionId=collection)
    assert other.describe_collection(CollectionId=collection)["FaceCount"] == 0
    other.delete_collection(CollectionId=collection)
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_the_same_bytes_give_the_same_faces(client, collection, portraits):
    first = client.index_faces(CollectionId=collection, Image=bytes_of(portraits[0]), ExternalImageId="a")
    again = client.index_faces(CollectionId=collection, Image=bytes_of(portraits[0]), ExternalImageId="a")
    assert first["FaceRecords"][0]["Face"] == again["FaceRecords"][0]["Face"]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == len(first["FaceRecords"])
    other = client.index_faces(CollectionId=collection, Image=bytes_of(portraits[0]), ExternalImageId="b")
    assert other["FaceRecords"][0]["Face"]["FaceId"] != first["FaceRecords"][0]["Face"]["FaceId"]
    face = first["FaceRecords"][0]["Face"]
    assert uuid.UUID(face["FaceId"]).version == 4 and uuid.UUID(face["ImageId"]).version == 5


def test_index_faces_keeps_the_largest_and_tells_what_it_left(client, collection, two_people, blank_picture):
    both = client.index_faces(CollectionId=collection, Image={"Bytes": two_people}, ExternalImageId="both")
    areas = [r["Face"]["BoundingBox"]["Width"] * r["Face"]["BoundingBox"]["Height"] for r in both["FaceRecords"]]
    assert len(areas) == 2 and areas == sorted(areas, reverse=True)
    assert len({r["Face"]["ImageId"] for r in both["FaceRecords"]}) == 1
    one = client.index_faces(CollectionId=collection, Image={"Bytes": two_people}, ExternalImageId="one", MaxFaces=1)
    assert len(one["FaceRecords"]) == 1 and one["UnindexedFaces"][0]["Reasons"] == ["EXCEEDS_MAX_FACES"]
    assert one["UnindexedFaces"][0]["FaceDetail"]["BoundingBox"]["Width"] < one["FaceRecords"][0]["Face"]["BoundingBox"]["Width"]
    none = client.index_faces(CollectionId=collection, Image={"Bytes": blank_picture})
    assert none["FaceRecords"] == [] and none["UnindexedFaces"] == []


def test_the_quality_filter_gives_reasons(client, collection, portraits):
    from PIL import Image, ImageEnhance

    dark = ImageEnhance.Brightness(Image.open(portraits[0]).convert("RGB")).enhance(0.12)
    buffer = io.BytesIO()
    dark.save(buffer, "PNG")
    answer = client.index_faces(CollectionId=collection, Image={"Bytes": buffer.getvalue()}, QualityFilter="HIGH")
    assert answer["FaceRecords"] == []
    assert "LOW_BRIGHTNESS" in answer["UnindexedFaces"][0]["Reasons"]
    kept = client.index_faces(CollectionId=collection, Image={"Bytes": buffer.getvalue()}, QualityFilter="NONE")
    assert len(kept["FaceRecords"]) == 1 and kept["UnindexedFaces"] == []


def test_searches_find_the_person_and_not_the_searched_face(client, collection, portraits):
    same, second, other = portraits
    a, b = index(client, collection, same, ExternalImageId="a"), index(client, collection, other, ExternalImageId="b")
    by_image = client.search_faces_by_image(CollectionId=collection, Image=bytes_of(second), FaceMatchThreshold=0)
    assert [m["Face"]["FaceId"] for m in by_image["FaceMatches"]] == [a, b]
    assert by_image["FaceMatches"][0]["Similarity"] >= 90 > by_image["FaceMatches"][1]["Similarity"]
    assert by_image["FaceMatches"][0]["Face"]["ExternalImageId"] == "a"
    assert by_image["SearchedFaceConfidence"] > 90 and by_image["SearchedFaceBoundingBox"]["Width"] > 0
    at_90 = client.search_faces_by_image(CollectionId=collection, Image=bytes_of(second), FaceMatchThreshold=90)
    assert [m["Face"]["FaceId"] for m in at_90["FaceMatches"]] == [a]
    headers = at_90["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-visavis-gallery-size"] == "2" and float(headers["x-visavis-fpir"]) == pytest.approx(2 * 10 ** -6.3, rel=0.01)
    by_face = client.search_faces(CollectionId=collection, FaceId=a, FaceMatchThreshold=0)
    assert by_face["SearchedFaceId"] == a
    assert [m["Face"]["FaceId"] for m in by_face["FaceMatches"]] == [b]
    assert client.search_faces(CollectionId=collection, FaceId=a, FaceMatchThreshold=99)["FaceMatches"] == []
    assert len(client.search_faces_by_image(CollectionId=collection, Image=bytes_of(second), FaceMatchThreshold=0,
                                            MaxFaces=1)["FaceMatches"]) == 1
    assert code_of(lambda: client.search_faces(CollectionId=collection, FaceId=str(uuid.uuid4()))) == "ResourceNotFoundException"


def test_a_bound_on_false_matches_raises_the_threshold_of_every_search(client, portraits):
    """visavis:max-fpir: of so few faces, one in a million searches of a stranger may match: Similarity 85.7 to 90."""
    name = f"c-{uuid.uuid4()}"
    client.create_collection(CollectionId=name, Tags={"visavis:max-fpir": "1e-6"})
    same, second, other = portraits
    a, b = index(client, name, same), index(client, name, other)
    for user, face in (("u", a), ("v", b)):
        client.create_user(CollectionId=name, UserId=user)
        client.associate_faces(CollectionId=name, UserId=user, FaceIds=[face])
    image = bytes_of(second)
    searches = {
        "faces by image": (client.search_faces_by_image(CollectionId=name, Image=image, FaceMatchThreshold=0), "FaceMatches", 90.0),
        "faces": (client.search_faces(CollectionId=name, FaceId=a, FaceMatchThreshold=0), "FaceMatches", 85.7),
        "users by image": (client.search_users_by_image(CollectionId=name, Image=image, UserMatchThreshold=0), "UserMatches", 90.0),
        "users by face": (client.search_users(CollectionId=name, FaceId=b, UserMatchThreshold=0), "UserMatches", 90.0),
        "users": (client.search_users(CollectionId=name, UserId="u", UserMatchThreshold=0), "UserMatches", 85.7),
    }
    for kind, (answer, member, least) in searches.items():
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        assert float(headers["x-visavis-threshold"]) == pytest.approx(least, abs=0.05), kind
        assert float(headers["x-visavis-fpir"]) == pytest.approx(1e-6, rel=0.01), kind
        assert all(match["Similarity"] >= least - 0.05 for match in answer[member]), kind
    assert [m["Face"]["FaceId"] for m in searches["faces by image"][0]["FaceMatches"]] == [a]
    assert searches["faces"][0]["FaceMatches"] == [] and searches["users"][0]["UserMatches"] == []
    assert [m["User"]["UserId"] for m in searches["users by face"][0]["UserMatches"]] == ["v"]
    # Who asks for more gets more.
    strict = client.search_faces_by_image(CollectionId=name, Image=image, FaceMatchThreshold=99.9)
    assert float(strict["ResponseMetadata"]["HTTPHeaders"]["x-visavis-threshold"]) == pytest.approx(99.9)
    for wrong in ("0", "1", "many"):
        assert code_of(lambda: client.create_collection(CollectionId=name + "x", Tags={"visavis:max-fpir": wrong})) == "InvalidParameterException"
    client.delete_collection(CollectionId=name)


def test_an_image_without_a_face(client, collection, blank_picture):
    with pytest.raises(client.exceptions.InvalidParameterException) as raised:
        client.search_faces_by_image(CollectionId=collection, Image={"Bytes": blank_picture})
    assert raised.value.response["Error"]["Message"] == "There are no faces in the image. Should be at least 1."
    empty = client.search_users_by_image(CollectionId=collection, Image={"Bytes": blank_picture})
    assert empty["UserMatches"] == [] and "SearchedFace" not in empty


def test_faces_are_deleted_and_found_no_more(client, collection, portraits):
    a, b = index(client, collection, portraits[0]), index(client, collection, portraits[2])
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[b])
    missing = str(uuid.uuid4())
    answer = client.delete_faces(CollectionId=collection, FaceIds=[a, b, missing])
    assert answer["DeletedFaces"] == [a]
    assert {f["FaceId"]: (f["Reasons"], f.get("UserId")) for f in answer["UnsuccessfulFaceDeletions"]} == {
        b: (["ASSOCIATED_TO_AN_EXISTING_USER"], "u"), missing: (["FACE_NOT_FOUND"], None)}
    left = client.search_faces_by_image(CollectionId=collection, Image=bytes_of(portraits[0]), FaceMatchThreshold=0)
    assert [m["Face"]["FaceId"] for m in left["FaceMatches"]] == [b]
    assert index(client, collection, portraits[0]) != a, "a deleted face comes back as another"


def test_the_metrics_count_stored_faces(start_server, portraits):
    server = start_server()
    client = server.client()

    def stored():
        with urllib.request.urlopen(server.url + "/metrics", timeout=5) as answer:
            return next(line for line in answer.read().decode().splitlines() if line.startswith("visavis_faces "))

    assert stored() == "visavis_faces 0"
    client.create_collection(CollectionId="one")
    client.create_collection(CollectionId="two")
    faces = [index(client, name, portraits[k]) for k, name in enumerate(["one", "one", "two"])]
    assert stored() == "visavis_faces 3"
    client.delete_faces(CollectionId="one", FaceIds=faces[:1])
    assert stored() == "visavis_faces 2"


def test_a_repeated_token_gives_the_first_answer(client, collection, portraits):
    face = index(client, collection, portraits[0])
    for _ in range(2):
        client.create_user(CollectionId=collection, UserId="u", ClientRequestToken="one")
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException) as raised:
        client.create_user(CollectionId=collection, UserId="v", ClientRequestToken="one")
    assert raised.value.response["Error"]["Message"] == "The ClientRequestToken: one you have supplied is already in use."
    request = {"CollectionId": collection, "UserId": "u", "FaceIds": [face, str(uuid.uuid4())], "ClientRequestToken": "two"}
    first, second = client.associate_faces(**request), client.associate_faces(**request)
    for answer in (first, second):
        answer.pop("ResponseMetadata")
    assert first == second and len(first["AssociatedFaces"]) == 1


def test_pages_come_from_botocores_own_paginators(client, collection, portraits):
    image = bytes_of(portraits[0])
    faces = [client.index_faces(CollectionId=collection, Image=image, ExternalImageId=str(i), MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"]
             for i in range(7)]
    pages = client.get_paginator("list_faces").paginate(CollectionId=collection, PaginationConfig={"PageSize": 3})
    assert [f["FaceId"] for page in pages for f in page["Faces"]] == faces
    for i in range(5):
        client.create_user(CollectionId=collection, UserId=f"u{i}")
    pages = list(client.get_paginator("list_users").paginate(CollectionId=collection, PaginationConfig={"PageSize": 2}))
    assert [u["UserId"] for page in pages for u in page["Users"]] == [f"u{i}" for i in range(5)] and len(pages) == 3
    names = [f"p-{uuid.uuid4()}" for _ in range(5)]
    for name in names:
        client.create_collection(CollectionId=name)
    pages = client.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 2})
    listed = [name for page in pages for name in page["CollectionIds"]]
    assert [name for name in listed if name in names] == names and len(listed) == len(set(listed))
    for name in names:
        client.delete_collection(CollectionId=name)


def test_foreign_page_tokens_are_refused(client, collection, portraits):
    image = bytes_of(portraits[0])
    for i in range(3):
        client.index_faces(CollectionId=collection, Image=image, ExternalImageId=str(i))
    other = f"o-{uuid.uuid4()}"
    client.create_collection(CollectionId=other)
    token = client.list_faces(CollectionId=collection, MaxResults=1)["NextToken"]
    assert len(token) <= 255
    assert len(client.list_faces(CollectionId=collection, MaxResults=1, NextToken=token)["Faces"]) == 1
    wrong = [lambda: client.list_faces(CollectionId=other, NextToken=token),
             lambda: client.list_faces(CollectionId=collection, UserId="u", NextToken=token),
             lambda: client.list_users(CollectionId=collection, NextToken=token),
             lambda: client.list_collections(NextToken=token),
             lambda: client.list_faces(CollectionId=collection, NextToken="AAAA"),
             lambda: client.list_faces(CollectionId=collection, NextToken=token[:-4] + "AAA=")]
    for call in wrong:
        assert code_of(call) == "InvalidPaginationTokenException"
    client.delete_collection(CollectionId=other)


def test_tags_are_set_replaced_and_removed(client, collection):
    arn = client.describe_collection(CollectionId=collection)["CollectionARN"]
    client.tag_resource(ResourceArn=arn, Tags={"a": "1", "Straße": "ü /=+-@"})
    client.tag_resource(ResourceArn=arn.removeprefix("arn:"), Tags={"a": "2", "b": ""})
    client.untag_resource(ResourceArn=arn, TagKeys=["b", "none"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"a": "2", "Straße": "ü /=+-@"}
    client.tag_resource(ResourceArn=arn, Tags={f"k{i}": "" for i in range(198)})
    assert code_of(lambda: client.tag_resource(ResourceArn=arn, Tags={"one more": ""})) == "ServiceQuotaExceededException"
    assert len(client.list_tags_for_resource(ResourceArn=arn)["Tags"]) == 200
    for wrong in (arn + "x", arn.replace("000000000000", "111122223333"), "arn:aws:s3:::no-collection-at-all"):
        assert code_of(lambda: client.list_tags_for_resource(ResourceArn=wrong)) == "ResourceNotFoundException"


def test_everything_is_there_after_a_restart(start_server, portraits):
    server = start_server("kept")
    client = server.client()
    client.create_collection(CollectionId="c")
    face = index(client, "c", portraits[0], ExternalImageId="a")
    server.stop()
    again = start_server("kept").client()
    found = again.search_faces_by_image(CollectionId="c", Image=bytes_of(portraits[1]))["FaceMatches"]
    assert [m["Face"]["FaceId"] for m in found] == [face]


def test_a_collection_that_many_delete_at_once_is_deleted_by_one(client):
    def delete(name):
        return code_of(client.delete_collection, CollectionId=name)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for i in range(20):
            name = f"gone-{uuid.uuid4()}"
            client.create_collection(CollectionId=name)
            answers = sorted(pool.map(delete, [name] * 8))
            assert answers == ["ResourceNotFoundException"] * 7 + ["answered"], i
