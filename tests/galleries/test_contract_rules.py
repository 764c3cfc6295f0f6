"""Rules of Rekognition's contract that no story of a gallery tells: who goes first, what is repeated, what is refused, what is left."""
import io
import uuid

import pytest

from support.calls import bytes_of, code_of, index, make_key
from support.packs import copy_of_pack

NOBODY = "00000000-0000-4000-8000-000000000000"


def picture(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return {"Bytes": buffer.getvalue()}


def portrait(path, side):
    from PIL import Image

    return Image.open(path).convert("RGB").resize((side, side))


@pytest.fixture(scope="session")
def blurred_beside_sharp(portraits):
    """A large blurred face, then a sharp one of half its size and one of a third."""
    from PIL import Image, ImageFilter

    canvas = Image.new("RGB", (1150, 600), "white")
    canvas.paste(portrait(portraits[0], 600).filter(ImageFilter.GaussianBlur(5)), (0, 0))
    canvas.paste(portrait(portraits[2], 300), (620, 0))
    canvas.paste(portrait(portraits[1], 200), (930, 0))
    return picture(canvas)


@pytest.fixture(scope="session")
def dark_face(portraits):
    from PIL import ImageEnhance

    return picture(ImageEnhance.Brightness(portrait(portraits[0], 400)).enhance(0.12))


def names(faces):
    """Those of `blurred_beside_sharp`, known by where they stand."""
    lefts = [face["BoundingBox"]["Left"] * 1150 for face in faces]
    return ["blurred" if left < 600 else "sharp" if left < 920 else "smallest" for left in lefts]


def plain(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize("most, kept, left", [(1, ["sharp"], ["blurred", "smallest"]), (2, ["sharp", "smallest"], ["blurred"]),
                                              (3, ["blurred", "sharp", "smallest"], [])])
def test_beyond_max_faces_the_poorest_go_first_then_the_smallest(client, collection, blurred_beside_sharp, most, kept, left):
    answer = client.index_faces(CollectionId=collection, Image=blurred_beside_sharp, MaxFaces=most)
    assert names(record["Face"] for record in answer["FaceRecords"]) == kept
    assert sorted(names(face["FaceDetail"] for face in answer["UnindexedFaces"])) == left
    for face in answer["UnindexedFaces"]:
        assert face["Reasons"] == ["EXCEEDS_MAX_FACES"]
        assert {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"} <= face["FaceDetail"].keys()
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == most


def test_the_quality_filter_comes_before_max_faces(client, collection, blurred_beside_sharp):
    answer = client.index_faces(CollectionId=collection, Image=blurred_beside_sharp, MaxFaces=1, QualityFilter="HIGH")
    assert names(record["Face"] for record in answer["FaceRecords"]) == ["sharp"]
    reasons = {names([face["FaceDetail"]])[0]: face["Reasons"] for face in answer["UnindexedFaces"]}
    assert reasons == {"blurred": ["LOW_SHARPNESS"], "smallest": ["EXCEEDS_MAX_FACES"]}


def test_at_most_the_hundred_largest_faces_of_an_image(client, collection, portraits):
    """Of 110, the ten smallest stand in the last row."""
    from PIL import Image

    crowd = Image.new("RGB", (10 * 120, 11 * 120), "white")
    for i, path in enumerate(sorted(portraits[0].parent.glob("*.jpg"))[:110]):
        crowd.paste(portrait(path, 120 if i < 100 else 80), (i % 10 * 120, i // 10 * 120))
    image = picture(crowd)
    found = client.detect_faces(Image=image)["FaceDetails"]
    assert len(found) == 100
    assert all(face["BoundingBox"]["Top"] < 10 / 11 for face in found)
    answer = client.index_faces(CollectionId=collection, Image=image, MaxFaces=4096, QualityFilter="NONE")
    assert (len(answer["FaceRecords"]), answer["UnindexedFaces"]) == (100, [])
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 100


def test_the_quality_filter_of_a_search_for_faces(client, collection, portraits, dark_face, blurred_beside_sharp):
    blurred, sharp = index(client, collection, portraits[0]), index(client, collection, portraits[2])

    def search(image, **more):
        answer = client.search_faces_by_image(CollectionId=collection, Image=image, FaceMatchThreshold=50, **more)
        return [match["Face"]["FaceId"] for match in answer["FaceMatches"]]

    assert search(dark_face) == search(dark_face, QualityFilter="NONE") == [blurred]
    with pytest.raises(client.exceptions.InvalidParameterException) as raised:
        search(dark_face, QualityFilter="HIGH")
    assert raised.value.response["Error"]["Message"] == "There are no faces in the image. Should be at least 1."
    assert search(blurred_beside_sharp, QualityFilter="HIGH") == [sharp], "the largest of those that pass"


def test_the_quality_filter_of_a_search_for_users(client, collection, portraits, dark_face, blurred_beside_sharp):
    for user, path in (("blurred", portraits[0]), ("sharp", portraits[2])):
        client.create_user(CollectionId=collection, UserId=user)
        client.associate_faces(CollectionId=collection, UserId=user, FaceIds=[index(client, collection, path)])

    def search(image, **more):
        return client.search_users_by_image(CollectionId=collection, Image=image, UserMatchThreshold=50, **more)

    for more in ({}, {"QualityFilter": "NONE"}):
        answer = search(dark_face, **more)
        assert [match["User"]["UserId"] for match in answer["UserMatches"]] == ["blurred"] and answer["UnsearchedFaces"] == []
    refused = search(dark_face, QualityFilter="HIGH")
    assert refused["UserMatches"] == [] and "SearchedFace" not in refused
    assert [face["Reasons"] for face in refused["UnsearchedFaces"]] == [["LOW_BRIGHTNESS"]]

    plain_search, filtered = search(blurred_beside_sharp), search(blurred_beside_sharp, QualityFilter="HIGH")
    for answer, searched, reasons in (
            (plain_search, "blurred", {"sharp": ["FACE_NOT_LARGEST"], "smallest": ["FACE_NOT_LARGEST"]}),
            (filtered, "sharp", {"blurred": ["LOW_SHARPNESS"], "smallest": ["FACE_NOT_LARGEST"]})):
        assert names([answer["SearchedFace"]["FaceDetail"]]) == [searched]
        assert {names([face["FaceDetails"]])[0]: face["Reasons"] for face in answer["UnsearchedFaces"]} == reasons
    assert [match["User"]["UserId"] for match in filtered["UserMatches"]] == ["sharp"]


def test_a_token_repeats_its_answer_and_nothing_happens_twice(client, collection, portraits):
    a, a2, b = (index(client, collection, path) for path in portraits)
    u, v = ({"CollectionId": collection, "UserId": user} for user in "uv")

    def twice(call, others, **request):
        """The answer, given twice; other requests under the same token are refused."""
        token = str(uuid.uuid4())
        first, again = (plain(call(**request, ClientRequestToken=token)) for _ in range(2))
        assert first == again
        for other in others:
            with pytest.raises(client.exceptions.IdempotentParameterMismatchException) as raised:
                call(**{**request, **other}, ClientRequestToken=token)
            assert raised.value.response["Error"]["Message"] == f"The ClientRequestToken: {token} you have supplied is already in use."
        return first, lambda: plain(call(**request, ClientRequestToken=token))

    assert twice(client.create_user, [v], **u)[0] == {}
    client.create_user(**v)
    associated, associate_again = twice(client.associate_faces, [v, {"FaceIds": [a]}, {"UserMatchThreshold": 1}],
                                        **u, FaceIds=[a, a2, NOBODY], UserMatchThreshold=0)
    assert [face["FaceId"] for face in associated["AssociatedFaces"]] == [a, a2]
    assert [face["FaceId"] for face in associated["UnsuccessfulFaceAssociations"]] == [NOBODY]
    left, _ = twice(client.disassociate_faces, [v, {"FaceIds": [a2]}], **u, FaceIds=[a, NOBODY])
    assert [face["FaceId"] for face in left["DisassociatedFaces"]] == [a] and left["UserStatus"] == "ACTIVE"
    assert associate_again() == associated
    assert [face["FaceId"] for face in client.list_faces(**u)["Faces"]] == [a2], "the repeated answer changed nothing"
    gone, delete_again = twice(client.delete_user, [v], **u)
    assert gone == {}
    client.create_user(**u)
    assert delete_again() == {}
    assert {user["UserId"] for user in client.list_users(CollectionId=collection)["Users"]} == {"u", "v"}


def test_tokens_belong_to_an_operation_and_an_account(server, client, collection):
    user = {"CollectionId": collection, "UserId": "u", "ClientRequestToken": "the-same"}
    client.create_user(**user)
    client.delete_user(**user)
    assert client.list_users(CollectionId=collection)["Users"] == []
    other = server.client(*make_key(server, "root", "--account", "111122223333"))
    other.create_collection(CollectionId=collection)
    other.create_user(**user | {"UserId": "theirs"})
    other.delete_collection(CollectionId=collection)


def test_faces_that_cannot_be_disassociated_have_reasons(client, collection, portraits):
    own, foreign, free = (index(client, collection, path) for path in portraits)
    for user, face in (("u", own), ("v", foreign)):
        client.create_user(CollectionId=collection, UserId=user)
        client.associate_faces(CollectionId=collection, UserId=user, FaceIds=[face])
    answer = client.disassociate_faces(CollectionId=collection, UserId="u", FaceIds=[foreign, free, NOBODY, own])
    assert [face["FaceId"] for face in answer["DisassociatedFaces"]] == [own] and answer["UserStatus"] == "CREATED"
    assert answer["UnsuccessfulFaceDisassociations"] == [
        {"FaceId": foreign, "UserId": "v", "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"]},
        {"FaceId": NOBODY, "Reasons": ["FACE_NOT_FOUND"]}], "a face of nobody is ignored"
    again = client.disassociate_faces(CollectionId=collection, UserId="u", FaceIds=[own])
    assert again["DisassociatedFaces"] == [] and again["UnsuccessfulFaceDisassociations"] == []
    assert [face["FaceId"] for face in client.list_faces(CollectionId=collection, UserId="v")["Faces"]] == [foreign]
    assert code_of(client.disassociate_faces, CollectionId=collection, UserId="w", FaceIds=[own]) == "ResourceNotFoundException"


def test_faces_are_listed_by_id_and_by_user(client, collection, portraits):
    a, a2, b = (index(client, collection, path) for path in portraits)
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[a, a2], UserMatchThreshold=0)

    def listed(**filters):
        answer = client.list_faces(CollectionId=collection, **filters)
        assert "NextToken" not in answer
        return [face["FaceId"] for face in answer["Faces"]]

    assert listed() == listed(MaxResults=0) == listed(FaceIds=[b, a2, a, b]) == [a, a2, b]
    assert listed(FaceIds=[b, NOBODY]) == [b] and listed(FaceIds=[NOBODY]) == []
    assert listed(UserId="u") == [a, a2] and listed(UserId="v") == []
    assert listed(UserId="u", FaceIds=[a2, b]) == [a2]
    for filters, expected in (({"UserId": "u"}, [a, a2]), ({"FaceIds": [a, b]}, [a, b])):
        pages = list(client.get_paginator("list_faces").paginate(CollectionId=collection, **filters, PaginationConfig={"PageSize": 1}))
        assert [[face["FaceId"] for face in page["Faces"]] for page in pages] == [[expected[0]], [expected[1]]]
    token = client.list_faces(CollectionId=collection, FaceIds=[a, b], MaxResults=1)["NextToken"]
    assert code_of(client.list_faces, CollectionId=collection, FaceIds=[a, a2], NextToken=token) == "InvalidPaginationTokenException"


def test_searches_give_as_many_as_are_asked_for_and_the_best_first(server, collection, portraits):
    client = server.client(parameter_validation=False)
    faces = [index(client, collection, path, QualityFilter="NONE") for path in sorted(portraits[0].parent.glob("*.jpg"))[:5]]
    for i, face in enumerate(faces):
        client.create_user(CollectionId=collection, UserId=f"u{i}")
        client.associate_faces(CollectionId=collection, UserId=f"u{i}", FaceIds=[face])
    image = bytes_of(portraits[1])
    searches = [(client.search_faces, {"FaceId": faces[0], "FaceMatchThreshold": 0}, "MaxFaces", "FaceMatches", 4096, 4),
                (client.search_faces_by_image, {"Image": image, "FaceMatchThreshold": 0}, "MaxFaces", "FaceMatches", 4096, 5),
                (client.search_users, {"FaceId": faces[0], "UserMatchThreshold": 0}, "MaxUsers", "UserMatches", 500, 5),
                (client.search_users, {"UserId": "u0", "UserMatchThreshold": 0}, "MaxUsers", "UserMatches", 500, 4),
                (client.search_users_by_image, {"Image": image, "UserMatchThreshold": 0}, "MaxUsers", "UserMatches", 500, 5)]
    for call, request, limit, member, most, there in searches:
        matches = call(CollectionId=collection, **request)[member]
        assert len(matches) == there
        assert [match["Similarity"] for match in matches] == sorted((match["Similarity"] for match in matches), reverse=True)
        for count in (1, 2, most):
            assert call(CollectionId=collection, **request, **{limit: count})[member] == matches[:count]
        for wrong in (0, most + 1):
            assert code_of(call, CollectionId=collection, **request, **{limit: wrong}) == "ValidationException"
    for call, wrong in ((client.list_faces, (-1, 4097)), (client.list_collections, (-1, 4097)), (client.list_users, (0, 501))):
        request = {} if call == client.list_collections else {"CollectionId": collection}
        assert [code_of(call, **request, MaxResults=count) for count in wrong] == ["ValidationException"] * 2
        assert code_of(call, **request, MaxResults=wrong[0] + 1) == code_of(call, **request, MaxResults=wrong[1] - 1) == "answered"


def test_what_is_left_to_do_with_a_collection_of_another_model(start_server, portraits, tmp_path):
    server = start_server("data")
    client = server.client()
    version = client.create_collection(CollectionId="old")["FaceModelVersion"]
    client.create_collection(CollectionId="older")
    face, other = index(client, "old", portraits[0]), index(client, "old", portraits[2])
    index(client, "older", portraits[0])
    for user, one in (("u", face), ("v", other)):
        client.create_user(CollectionId="old", UserId=user)
        client.associate_faces(CollectionId="old", UserId=user, FaceIds=[one])
    server.stop()

    server = start_server("data", "--models", copy_of_pack(tmp_path / "models", version="9.9"))
    client = server.client()
    image = bytes_of(portraits[1])
    for call, request in ((client.search_users, {"UserId": "u"}), (client.search_users, {"FaceId": face}), (client.search_faces, {"FaceId": face}),
                          (client.search_users_by_image, {"Image": image}), (client.search_faces_by_image, {"Image": image})):
        with pytest.raises(client.exceptions.InvalidParameterException) as raised:
            call(CollectionId="old", **request)
        message = raised.value.response["Error"]["Message"]
        assert "`old`" in message and f"face model {version}" in message and "9.9" in message
    assert client.list_users(CollectionId="old")["Users"] == [{"UserId": user, "UserStatus": "ACTIVE"} for user in "uv"]
    client.delete_user(CollectionId="old", UserId="u")
    assert [user["UserId"] for user in client.list_users(CollectionId="old")["Users"]] == ["v"]
    assert code_of(client.delete_user, CollectionId="old", UserId="u") == "ResourceNotFoundException"
    assert [one.get("UserId") for one in client.list_faces(CollectionId="old")["Faces"]] == [None, "v"]
    assert client.delete_collection(CollectionId="older")["StatusCode"] == 200
    assert client.list_collections()["CollectionIds"] == ["old"]
    server.stop()

    client = start_server("data").client()
    users = client.search_users_by_image(CollectionId="old", Image=image, UserMatchThreshold=0)["UserMatches"]
    assert [match["User"]["UserId"] for match in users] == ["v"], "who was deleted meanwhile is not found"
    assert client.list_collections()["CollectionIds"] == ["old"]
