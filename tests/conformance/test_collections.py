"""Every operation on collections, once, through each client: the story of one gallery with two people."""
import pytest

from support import clients
from support.clients import image


@pytest.mark.parametrize("client", list(clients.ALL))
def test_the_story_of_a_gallery(server, portraits, client):
    first, second, other = portraits
    gallery = {"CollectionId": f"story-{client}"}
    told = set()

    def call(operation, **request):
        answer = clients.ALL[client](server, operation, request)
        assert answer.error is None, (operation, answer)
        told.add(operation)
        return answer.output

    def refused(operation, error, **request):
        answer = clients.ALL[client](server, operation, request)
        assert answer.error == error, (operation, answer)
        if client == "go":
            assert answer.kind == f"types.{error}"
        elif client != "aws_cli":
            assert answer.kind == error
        return answer.message

    made = call("CreateCollection", **gallery, Tags={"owner": "story"})
    assert made["StatusCode"] == 200
    assert refused("CreateCollection", "ResourceAlreadyExistsException", **gallery) == (
        f"The collection id: story-{client} already exists.")

    indexed = call("IndexFaces", **gallery, Image=image(first), ExternalImageId="first")
    (record,) = indexed["FaceRecords"]
    face = record["Face"]["FaceId"]
    again = call("IndexFaces", **gallery, Image=image(first), ExternalImageId="first")
    assert again["FaceRecords"][0]["Face"]["FaceId"] == face, "the same bytes are the same face"
    another = call("IndexFaces", **gallery, Image=image(other))["FaceRecords"][0]["Face"]["FaceId"]
    described = call("DescribeCollection", **gallery)
    assert described["FaceCount"] == 2 and described["FaceModelVersion"] == made["FaceModelVersion"]
    assert gallery["CollectionId"] in call("ListCollections")["CollectionIds"]
    assert {one["FaceId"] for one in call("ListFaces", **gallery)["Faces"]} == {face, another}

    (match,) = call("SearchFacesByImage", **gallery, Image=image(second), FaceMatchThreshold=80)["FaceMatches"]
    assert match["Face"]["FaceId"] == face and match["Face"]["ExternalImageId"] == "first"
    searched = call("SearchFaces", **gallery, FaceId=face, FaceMatchThreshold=80)
    assert searched["SearchedFaceId"] == face and searched["FaceMatches"] == []
    refused("SearchFaces", "ResourceNotFoundException", **gallery, FaceId="0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2")

    call("CreateUser", **gallery, UserId="u-1")
    refused("CreateUser", "ConflictException", **gallery, UserId="u-1")
    associated = call("AssociateFaces", **gallery, UserId="u-1", FaceIds=[face])
    assert [one["FaceId"] for one in associated["AssociatedFaces"]] == [face]
    assert [user["UserId"] for user in call("ListUsers", **gallery)["Users"]] == ["u-1"]
    by_image = call("SearchUsersByImage", **gallery, Image=image(second), UserMatchThreshold=80)
    assert [found["User"]["UserId"] for found in by_image["UserMatches"]] == ["u-1"]
    assert call("SearchUsers", **gallery, FaceId=face, UserMatchThreshold=80)["UserMatches"][0]["User"]["UserId"] == "u-1"
    call("DisassociateFaces", **gallery, UserId="u-1", FaceIds=[face])
    call("DeleteUser", **gallery, UserId="u-1")

    arn = {"ResourceArn": described["CollectionARN"]}
    call("TagResource", **arn, Tags={"purpose": "test"})
    assert call("ListTagsForResource", **arn)["Tags"] == {"owner": "story", "purpose": "test"}
    call("UntagResource", **arn, TagKeys=["owner"])
    assert call("ListTagsForResource", **arn)["Tags"] == {"purpose": "test"}

    assert call("DeleteFaces", **gallery, FaceIds=[face])["DeletedFaces"] == [face]
    assert call("DeleteCollection", **gallery)["StatusCode"] == 200
    refused("DescribeCollection", "ResourceNotFoundException", **gallery)
    assert len(told) == 19, "every operation on collections"
