"""What many tests ask of a server: a key for somebody, and how a call ended."""
import io
import json

from botocore.exceptions import ClientError

from support import visavis


def make_key(server, principal, *options):
    """(access key id, secret) of a new key; `options` as `visavis keys create` takes them."""
    made = visavis.run("keys", "create", "--data", server.data, "--principal", principal, *options, "--json", check=0)
    key = json.loads(made.stdout)
    return key["access_key_id"], key["secret_access_key"]


def code_of(call, **request):
    """The exception's code, or `answered`; a picture without a face is an answer of the operation, not of the policy."""
    try:
        call(**request)
        return "answered"
    except ClientError as error:
        return error.response["Error"]["Code"]


def bytes_of(path):
    return {"Bytes": path.read_bytes()}


def index(client, collection, path, **more):
    records = client.index_faces(CollectionId=collection, Image=bytes_of(path), MaxFaces=1, **more)["FaceRecords"]
    assert len(records) == 1
    return records[0]["Face"]["FaceId"]


def small_face(path):
    """A portrait as a small JPEG, so that recognition takes milliseconds."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.open(path).convert("RGB").resize((200, 200)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def all_faces(client, collection):
    pages = client.get_paginator("list_faces").paginate(CollectionId=collection)
    return {face["FaceId"]: face for page in pages for face in page["Faces"]}
