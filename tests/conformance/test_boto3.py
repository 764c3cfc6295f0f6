"""What boto3 alone can say: constraints, paging, attributes, odd endpoints, clocks."""
import datetime

import botocore.exceptions
import pytest


def code_of(call):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_exceptions_have_their_class(server, blank_picture):
    client = server.client()
    with pytest.raises(client.exceptions.InvalidImageFormatException):
        client.detect_faces(Image={"Bytes": b"no picture"})
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.compare_faces(SourceImage={"Bytes": blank_picture}, TargetImage={"Bytes": blank_picture})
    with pytest.raises(client.exceptions.InvalidS3ObjectException):
        client.detect_faces(Image={"S3Object": {"Bucket": "bucket", "Name": "key"}})


def test_an_image_needs_exactly_one_source(server, blank_picture):
    client = server.client()
    for image in ({}, {"Bytes": blank_picture, "S3Object": {"Bucket": "bucket", "Name": "key"}}):
        code, message = code_of(lambda: client.detect_faces(Image=image))
        assert code == "InvalidParameterException"
        assert message == "Request has invalid parameters: `Image` needs exactly one of `Bytes` and `S3Object`"


def test_unknown_attributes_are_named(server, blank_picture):
    code, message = code_of(lambda: server.client().detect_faces(Image={"Bytes": blank_picture}, Attributes=["NOPE"]))
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value '[NOPE]' at 'attributes' failed to satisfy constraint: "
                              "Member must satisfy constraint: [Member must satisfy enum value set: [DEFAULT, ALL,")


def test_base64_text_as_bytes_is_explained(server, blank_picture):
    import base64

    code, message = code_of(lambda: server.client().detect_faces(Image={"Bytes": base64.b64encode(blank_picture)}))
    assert code == "InvalidImageFormatException"
    assert message == ("Request has invalid image format: the bytes are base64 text; give the SDK the image's raw bytes")


def test_any_region_and_an_endpoint_with_a_path(server, blank_picture):
    import boto3

    key, secret = server.keys()
    for region, path in (("eu-central-2", ""), ("mars-north-1", "/base/path")):
        client = boto3.client("rekognition", endpoint_url=server.url + path, region_name=region, aws_access_key_id=key,
                              aws_secret_access_key=secret)
        assert client.detect_faces(Image={"Bytes": blank_picture})["FaceDetails"] == []


def test_a_session_token_with_a_long_lived_key_is_refused(server, blank_picture):
    key, secret = server.keys()
    code, message = code_of(lambda: server.client(key, secret, token="abc").detect_faces(Image={"Bytes": blank_picture}))
    assert (code, message) == ("UnrecognizedClientException", "The security token included in the request is invalid.")


def test_an_unsigned_request_is_refused(server, blank_picture):
    from botocore import UNSIGNED

    code, message = code_of(
        lambda: server.client(signature_version=UNSIGNED).detect_faces(Image={"Bytes": blank_picture}))
    assert (code, message) == ("MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize("minutes, words", [(-6, "Signature expired: "), (6, "Signature not yet current: ")])
def test_a_wrong_clock_is_told(server, blank_picture, monkeypatch, minutes, words):
    import botocore.auth

    true_now = botocore.auth.get_current_datetime
    monkeypatch.setattr(botocore.auth, "get_current_datetime",
                        lambda *a, **k: true_now(*a, **k) + datetime.timedelta(minutes=minutes))
    code, message = code_of(lambda: server.client().detect_faces(Image={"Bytes": blank_picture}))
    assert code == "InvalidSignatureException" and message.startswith(words)


def test_the_second_start_keeps_the_key(start_server, blank_picture):
    server = start_server()
    keys = server.keys()
    assert keys[1] in server.banner, "the first start shows the secret"
    assert server.stop() == 0
    server.start()
    assert keys[1] not in server.banner, "and no other does"
    assert server.keys() == keys
    assert server.client().detect_faces(Image={"Bytes": blank_picture})["FaceDetails"] == []


def test_nothing_private_in_log_or_directory(start_server, blank_picture):
    server = start_server()
    key, secret = server.keys()
    server.client().detect_faces(Image={"Bytes": blank_picture})
    assert secret not in server.errors() and key not in server.errors()
    (line,) = server.wait_for_log(operation="DetectFaces")
    assert line["outcome"] == "ok" and line["ms"] > 0 and len(line["id"]) == 36
    for path in server.data.iterdir():
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
            assert path.name == "credentials" or secret.encode() not in path.read_bytes(), path
    assert server.data.stat().st_mode & 0o077 == 0
