"""Users, their faces and searches for them through boto3, against the rules of Rekognition's API reference."""
import concurrent.futures
import threading
import uuid

from support.calls import bytes_of, code_of, index


def test_users_hold_faces_and_are_searched(client, collection, portraits, two_people):
    same, second, other = portraits
    a, a2, b = (index(client, collection, path, ExternalImageId=path.name) for path in portraits)
    for user in ("alice", "bob", "nobody"):
        client.create_user(CollectionId=collection, UserId=user)
    assert code_of(lambda: client.create_user(CollectionId=collection, UserId="bob")) == "ConflictException"
    first = client.associate_faces(CollectionId=collection, UserId="alice", FaceIds=[a, a2])
    assert [f["FaceId"] for f in first["AssociatedFaces"]] == [a, a2] and first["UserStatus"] == "ACTIVE"
    repeated = client.associate_faces(CollectionId=collection, UserId="alice", FaceIds=[a])
    assert repeated["AssociatedFaces"] == [] and repeated["UnsuccessfulFaceAssociations"] == []
    client.associate_faces(CollectionId=collection, UserId="bob", FaceIds=[b])
    taken = client.associate_faces(CollectionId=collection, UserId="bob", FaceIds=[a, str(uuid.uuid4())])
    assert [f["Reasons"] for f in taken["UnsuccessfulFaceAssociations"]] == [["ASSOCIATED_TO_A_DIFFERENT_USER"], ["FACE_NOT_FOUND"]]
    assert taken["UnsuccessfulFaceAssociations"][0]["UserId"] == "alice"
    assert client.describe_collection(CollectionId=collection)["UserCount"] == 3

    by_image = client.search_users_by_image(CollectionId=collection, Image={"Bytes": two_people}, UserMatchThreshold=0)
    assert [m["User"]["UserId"] for m in by_image["UserMatches"]] == ["alice", "bob"]
    assert by_image["UserMatches"][0]["Similarity"] > 90 and by_image["SearchedFace"]["FaceDetail"]["Confidence"] > 90
    assert by_image["UnsearchedFaces"][0]["Reasons"] == ["FACE_NOT_LARGEST"]
    assert by_image["UnsearchedFaces"][0]["FaceDetails"]["BoundingBox"]["Width"] > 0
    by_user = client.search_users(CollectionId=collection, UserId="alice", UserMatchThreshold=0)
    assert by_user["SearchedUser"] == {"UserId": "alice"}
    assert [m["User"]["UserId"] for m in by_user["UserMatches"]] == ["bob"]
    by_face = client.search_users(CollectionId=collection, FaceId=b, UserMatchThreshold=90)
    assert by_face["SearchedFace"] == {"FaceId": b}
    assert [m["User"]["UserId"] for m in by_face["UserMatches"]] == ["bob"]
    assert client.search_users(CollectionId=collection, UserId="nobody")["UserMatches"] == []
    for wrong in ({}, {"UserId": "alice", "FaceId": a}):
        assert code_of(lambda: client.search_users(CollectionId=collection, **wrong)) == "InvalidParameterException"

    left = client.disassociate_faces(CollectionId=collection, UserId="alice", FaceIds=[a, b])
    assert [f["FaceId"] for f in left["DisassociatedFaces"]] == [a] and left["UserStatus"] == "ACTIVE"
    assert left["UnsuccessfulFaceDisassociations"][0]["Reasons"] == ["ASSOCIATED_TO_A_DIFFERENT_USER"]
    assert client.disassociate_faces(CollectionId=collection, UserId="alice", FaceIds=[a2])["UserStatus"] == "CREATED"
    client.delete_user(CollectionId=collection, UserId="bob")
    assert code_of(lambda: client.delete_user(CollectionId=collection, UserId="bob")) == "ResourceNotFoundException"
    assert client.search_users_by_image(CollectionId=collection, Image=bytes_of(other), UserMatchThreshold=0)["UserMatches"] == []
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 3


def test_a_face_unlike_the_user_is_not_associated(client, collection, portraits):
    a, b = index(client, collection, portraits[0]), index(client, collection, portraits[2])
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[a])
    answer = client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[b])
    failed = answer["UnsuccessfulFaceAssociations"][0]
    assert failed["Reasons"] == ["LOW_MATCH_CONFIDENCE"] and failed["Confidence"] < 75
    answer = client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[b], UserMatchThreshold=0)
    assert [f["FaceId"] for f in answer["AssociatedFaces"]] == [b]


def test_a_face_unlike_the_user_is_not_associated_beside_others_either(client, collection, portraits):
    own = [index(client, collection, portraits[0], ExternalImageId=f"own{i}") for i in range(7)]
    stranger = index(client, collection, portraits[2])
    with concurrent.futures.ThreadPoolExecutor(7) as pool:
        for attempt in range(12):
            user = {"CollectionId": collection, "UserId": f"u{attempt}"}
            client.create_user(**user)
            client.associate_faces(**user, FaceIds=own[:1])
            jobs = [pool.submit(client.associate_faces, **user, FaceIds=[face]) for face in [*own[1:], stranger]]
            assert jobs[-1].result()["AssociatedFaces"] == []
            assert all(job.result()["AssociatedFaces"] for job in jobs[:-1])
            client.delete_user(**user)


def test_a_user_holds_at_most_100_faces(client, collection, portraits):
    image = bytes_of(portraits[0])
    faces = [client.index_faces(CollectionId=collection, Image=image, ExternalImageId=str(i), MaxFaces=1)["FaceRecords"][0]["Face"]["FaceId"]
             for i in range(101)]
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=faces[:100])
    assert code_of(lambda: client.associate_faces(CollectionId=collection, UserId="u", FaceIds=faces[100:])) == "ServiceQuotaExceededException"
    assert len(client.list_faces(CollectionId=collection, UserId="u")["Faces"]) == 100


def test_a_user_whose_template_changes_is_found_all_the_while(client, collection, portraits):
    a, a2, b = (index(client, collection, path) for path in portraits)
    for user, face in (("alice", a), ("bob", b)):
        client.create_user(CollectionId=collection, UserId=user)
        client.associate_faces(CollectionId=collection, UserId=user, FaceIds=[face])
    stop = threading.Event()

    def change():
        count = 0
        while not stop.is_set():
            client.associate_faces(CollectionId=collection, UserId="alice", FaceIds=[a2])
            client.disassociate_faces(CollectionId=collection, UserId="alice", FaceIds=[a2])
            count += 1
        return count

    def search(probe):
        answers = (client.search_users(CollectionId=collection, UserMatchThreshold=0, **probe) for _ in range(250))
        return [tuple(sorted(m["User"]["UserId"] for m in answer["UserMatches"])) for answer in answers]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        changes = pool.submit(change)
        by_face, by_other, by_itself = [pool.submit(search, probe) for probe in ({"FaceId": a}, {"UserId": "bob"}, {"UserId": "alice"})]
        found = [set(search.result()) for search in (by_face, by_other, by_itself)]
        stop.set()
        assert changes.result() > 20
    assert found == [{("alice", "bob")}, {("alice",)}, {("bob",)}]
