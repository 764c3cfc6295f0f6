"""Names and lists at and beyond every limit of the service model."""
import uuid

import pytest


def faces(count):
    return [str(uuid.UUID(int=i)) for i in range(count)]


def arn(length):
    return "arn:aws:rekognition:us-east-1:000000000000:collection/none".ljust(length, "x")[:length]


MISSING = ("ResourceNotFoundException",)
THERE = ("ResourceAlreadyExistsException",)
ANSWERED, NO_TOKEN, NO_OBJECT = ("answered",), ("InvalidPaginationTokenException",), ("InvalidS3ObjectException",)
LIMITS = {
    # name: (operation, its request of a size, at what path, the answer within the limits, least and most)
    "collection": ("describe_collection", lambda n: {"CollectionId": "x" * n}, "collectionId", MISSING, 1, 255),
    "user": ("create_user", lambda n: {"UserId": "x" * n}, "userId", ANSWERED, 1, 128),
    "user of a list": ("list_faces", lambda n: {"UserId": "x" * n}, "userId", ANSWERED, 1, 128),
    "external id": ("index_faces", lambda n: {"CollectionId": "none", "ExternalImageId": "x" * n, "Image": {"Bytes": b"x"}}, "externalImageId",
                    MISSING, 1, 255),
    "token of CreateUser": ("create_user", lambda n: {"UserId": "new", "ClientRequestToken": "x" * n}, "clientRequestToken", ANSWERED, 1, 64),
    "token of DeleteUser": ("delete_user", lambda n: {"UserId": "none", "ClientRequestToken": "x" * n}, "clientRequestToken", MISSING, 1, 64),
    "token of AssociateFaces": ("associate_faces", lambda n: {"UserId": "u", "FaceIds": faces(1), "ClientRequestToken": "x" * n},
                                "clientRequestToken", ANSWERED, 1, 64),
    "token of DisassociateFaces": ("disassociate_faces", lambda n: {"UserId": "u", "FaceIds": faces(1), "ClientRequestToken": "x" * n},
                                   "clientRequestToken", ANSWERED, 1, 64),
    "faces of AssociateFaces": ("associate_faces", lambda n: {"UserId": "u", "FaceIds": faces(n)}, "faceIds", ANSWERED, 1, 100),
    "faces of DisassociateFaces": ("disassociate_faces", lambda n: {"UserId": "u", "FaceIds": faces(n)}, "faceIds", ANSWERED, 1, 100),
    "faces of DeleteFaces": ("delete_faces", lambda n: {"FaceIds": faces(n)}, "faceIds", ANSWERED, 1, 4096),
    "faces of ListFaces": ("list_faces", lambda n: {"FaceIds": faces(n)}, "faceIds", ANSWERED, 1, 4096),
    "page of ListFaces": ("list_faces", lambda n: {"NextToken": "x" * n}, "nextToken", NO_TOKEN, None, 255),
    "page of ListUsers": ("list_users", lambda n: {"NextToken": "x" * n}, "nextToken", NO_TOKEN, None, 255),
    "page of ListCollections": ("list_collections", lambda n: {"NextToken": "x" * n}, "nextToken", NO_TOKEN, None, 255),
    "tag key": ("tag_resource", lambda n: {"Tags": {"ü" * n: ""}}, "tags", ANSWERED, 1, 128),
    "tag value": ("tag_resource", lambda n: {"Tags": {"key": "ü" * n}}, "tags", ANSWERED, None, 256),
    "tags": ("tag_resource", lambda n: {"Tags": {f"key {i}": "" for i in range(n)}}, "tags", ANSWERED, None, 200),
    "tags of a new collection": ("create_collection", lambda n: {"Tags": {"x" * n: "x" * 2 * n}}, "tags", THERE, 1, 128),
    "tag key taken away": ("untag_resource", lambda n: {"TagKeys": ["ü" * n]}, "tagKeys", ANSWERED, 1, 128),
    "tag keys taken away": ("untag_resource", lambda n: {"TagKeys": [f"key {i}" for i in range(n)]}, "tagKeys", ANSWERED, None, 200),
    "resource": ("list_tags_for_resource", lambda n: {"ResourceArn": arn(n)}, "resourceArn", MISSING, 20, 2048),
    "resource to tag": ("tag_resource", lambda n: {"ResourceArn": arn(n), "Tags": {"a": "b"}}, "resourceArn", MISSING, 20, 2048),
    "bucket": ("detect_faces", lambda n: {"Image": {"S3Object": {"Bucket": "b" * n, "Name": "a"}}}, "image.s3Object.bucket", NO_OBJECT, 3, 255),
    "object": ("detect_faces", lambda n: {"Image": {"S3Object": {"Bucket": "bbb", "Name": "ü" * n}}}, "image.s3Object.name", NO_OBJECT, 1, 1024),
    "version": ("detect_faces", lambda n: {"Image": {"S3Object": {"Bucket": "bbb", "Name": "a", "Version": "v" * n}}}, "image.s3Object.version",
                NO_OBJECT, 1, 1024),
}
BESIDE = {"list_collections": (), "detect_faces": (), "tag_resource": ("ResourceArn",), "untag_resource": ("ResourceArn",),
          "list_tags_for_resource": ()}  # what a request of the table has beside its own; the others have CollectionId


@pytest.mark.parametrize("name", LIMITS)
def test_names_and_lists_at_and_beyond_every_limit_of_the_model(server, collection, name):
    operation, request, path, within, least, most = LIMITS[name]
    client = server.client(parameter_validation=False)
    client.create_user(CollectionId=collection, UserId="u")
    common = {"CollectionId": collection, "ResourceArn": f"arn:aws:rekognition:us-east-1:000000000000:collection/{collection}"}
    beside = {member: common[member] for member in BESIDE.get(operation, ("CollectionId",))}

    def answer(size):
        """The exception's code and words."""
        try:
            getattr(client, operation)(**{**beside, **request(size)})
            return "answered", ""
        except client.exceptions.ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]

    for size in (least, most):
        if size is not None:
            assert answer(size)[0] in within, size
            if operation == "create_user":
                client.delete_user(CollectionId=collection, UserId=request(size)["UserId"])
    for size in (least - 1 if least else None, most + 1):
        if size is not None:
            code, words = answer(size)
            assert code == "ValidationException" and f"at '{path}'" in words, size
