"""DetectFaces, CompareFaces and their errors through the AWS clients that people use, unmodified."""
import json
import pathlib
import re
import subprocess

import pytest

from support import clients, visavis
from support.clients import image

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def blank(tmp_path_factory, blank_picture):
    path = tmp_path_factory.mktemp("pictures") / "blank.jpg"
    path.write_bytes(blank_picture)
    return str(path)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "broken.jpg"
    path.write_bytes(b"this is no picture")
    return str(path)


@pytest.fixture(params=list(clients.ALL))
def call(request, server):
    return lambda *arguments, **environment: clients.ALL[request.param](server, *arguments, **environment)


@pytest.fixture
def client(request):
    return request.node.callspec.params["call"]


def test_a_picture_without_a_face_is_a_success(call, client, blank):
    answer = call("DetectFaces", {"Image": image(blank)})
    assert answer.error is None, answer
    # Java leaves empty lists away only if the answer did.
    assert answer.output["FaceDetails"] == []
    if client != "aws_cli":
        assert re.fullmatch(UUID, answer.request_id)


def test_faces_are_detected(call, portraits):
    answer = call("DetectFaces", {"Image": image(portraits[0]), "Attributes": ["DEFAULT"]})
    assert answer.error is None, answer
    (face,) = answer.output["FaceDetails"]
    box = face["BoundingBox"]
    assert 0 < box["Left"] < box["Left"] + box["Width"] < 1 and 0 < box["Top"] < box["Top"] + box["Height"] < 1
    assert 90 < face["Confidence"] <= 100
    assert {mark["Type"] for mark in face["Landmarks"]} >= {"eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"}
    assert set(face["Pose"]) == {"Roll", "Yaw", "Pitch"}
    assert set(face["Quality"]) == {"Brightness", "Sharpness"}


def test_all_attributes_are_told(call, portraits):
    answer = call("DetectFaces", {"Image": image(portraits[0]), "Attributes": ["ALL"]})
    assert answer.error is None, answer
    (face,) = answer.output["FaceDetails"]
    assert 0 <= face["AgeRange"]["Low"] < face["AgeRange"]["High"] <= 120
    assert face["Gender"]["Value"] in ("Male", "Female") and 50 <= face["Gender"]["Confidence"] <= 100
    for name in ("Smile", "EyesOpen", "MouthOpen"):
        assert isinstance(face[name]["Value"], bool) and 50 <= face[name]["Confidence"] <= 100, name
    assert {emotion["Type"] for emotion in face["Emotions"]} >= {"HAPPY", "SAD", "ANGRY", "CALM"}
    assert set(face["EyeDirection"]) == {"Yaw", "Pitch", "Confidence"}
    assert len(face["Landmarks"]) == 30


def test_one_person_matches_and_two_do_not(call, client, portraits):
    first, second, other = portraits
    same = call("CompareFaces", {"SourceImage": image(first), "TargetImage": image(second), "SimilarityThreshold": 80})
    assert same.error is None, same
    (match,) = same.output["FaceMatches"]
    assert match["Similarity"] >= 80 and same.output["UnmatchedFaces"] == []
    assert set(same.output["SourceImageFace"]) >= {"BoundingBox", "Confidence"}
    different = call("CompareFaces", {"SourceImage": image(first), "TargetImage": image(other), "SimilarityThreshold": 80})
    assert different.output["FaceMatches"] == [] and len(different.output["UnmatchedFaces"]) == 1
    if client != "aws_cli":  # which shows no headers
        assert float(same.headers["x-visavis-fmr"]) == pytest.approx(10 ** (-7 * 0.8), rel=0.01)


EXCEPTIONS = {  # what the client's programmer catches
    "boto3": "InvalidImageFormatException",
    "aws_cli": "exit 255",
    "javascript": "InvalidImageFormatException",
    "go": "types.InvalidImageFormatException",
    "java": "InvalidImageFormatException",
}


def test_a_broken_picture_raises_its_exception(call, client, broken):
    answer = call("DetectFaces", {"Image": image(broken)})
    assert (answer.error, answer.kind) == ("InvalidImageFormatException", EXCEPTIONS[client])
    assert answer.message.startswith("Request has invalid image format")
    assert answer.status in (None, 400)


def test_no_face_to_compare_raises_its_exception(call, client, blank):
    answer = call("CompareFaces", {"SourceImage": image(blank), "TargetImage": image(blank)})
    assert answer.error == "InvalidParameterException"
    assert answer.kind == EXCEPTIONS[client].replace("InvalidImageFormat", "InvalidParameter")
    assert answer.message == "Request has invalid parameters: there is no face in SourceImage"


def test_a_wrong_secret_is_refused(call, blank):
    answer = call("DetectFaces", {"Image": image(blank)}, AWS_SECRET_ACCESS_KEY="x" * 40)
    assert answer.error == "InvalidSignatureException"
    assert answer.message.startswith("The request signature we calculated does not match the signature you provided.")
    assert answer.status in (None, 400)


def test_an_unknown_key_is_refused(call, blank):
    answer = call("DetectFaces", {"Image": image(blank)}, AWS_ACCESS_KEY_ID="AKIAAAAAAAAAAAAAAAAA")
    assert (answer.error, answer.message) == ("UnrecognizedClientException",
                                              "The security token included in the request is invalid.")


def test_a_violated_constraint_is_named(call, blank):
    answer = call("CompareFaces", {"SourceImage": image(blank), "TargetImage": image(blank), "SimilarityThreshold": 120})
    assert answer.error == "ValidationException"
    assert answer.message == ("1 validation error detected: Value '120' at 'similarityThreshold' failed to satisfy "
                              "constraint: Member must have value less than or equal to 100")


def test_another_operation_is_refused_helpfully(call, blank):
    answer = call("DetectLabels", {"Image": image(blank)})
    assert answer.error == "UnknownOperationException"
    assert answer.message == ("DetectLabels is an Amazon Rekognition operation that this server does not implement; it "
                              "implements face operations only.")


def test_curl_sends_four_megabytes_with_100_continue(server, tmp_path):
    """curl, and with it AWS's C++ SDK, asks with Expect: 100-continue above 1 MiB."""
    from PIL import Image
    import base64
    import os

    picture = tmp_path / "noise.png"
    Image.frombytes("RGB", (1180, 1180), os.urandom(1180 * 1180 * 3)).save(picture, compress_level=0)
    assert 4_000_000 < picture.stat().st_size < 5_242_880
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"Image": {"Bytes": base64.b64encode(picture.read_bytes()).decode()}}))
    key, secret = server.keys()
    done = subprocess.run(
        ["curl", "-sS", "-v", "--max-time", "30", "-w", "\n%{http_code} %{time_total}", "--user", f"{key}:{secret}",
         "--aws-sigv4", f"aws:amz:{visavis.REGION}:rekognition", "-H", "Content-Type: application/x-amz-json-1.1",
         "-H", "X-Amz-Target: RekognitionService.DetectFaces", "--data-binary", f"@{body}", server.url + "/"],
        capture_output=True, text=True)
    answer, code = done.stdout.rsplit("\n", 1)
    assert code.startswith("200 "), done.stdout + done.stderr[-3000:]
    assert json.loads(answer)["FaceDetails"] == []
    assert "Expect: 100-continue" in done.stderr and "HTTP/1.1 100 Continue" in done.stderr
    # Without the 100 the client waits a whole second before it sends the body.
    assert "Done waiting for 100-continue" not in done.stderr


@pytest.mark.parametrize("signed", (True, False))
def test_a_call_that_lacks_its_target_is_told_so_in_json(server, signed):
    """STS answers at the same place, in XML; only its own forms may get there."""
    signature = ("--user", ":".join(server.keys()), "--aws-sigv4", f"aws:amz:{visavis.REGION}:rekognition") if signed else ()
    done = subprocess.run(["curl", "-sS", "--max-time", "30", "-w", "\n%{http_code}", *signature, "-H", "Content-Type: application/x-amz-json-1.1",
                           "-d", "{}", server.url + "/"], capture_output=True, text=True, check=True)
    answer, code = done.stdout.rsplit("\n", 1)
    assert code == "400" and json.loads(answer)["__type"] == "UnknownOperationException"
    assert json.loads(answer)["message"] == "The request has no X-Amz-Target header, so it names no operation."


def test_an_image_of_one_byte_too_many_is_refused_once(server):
    import botocore.exceptions

    with pytest.raises(botocore.exceptions.ClientError) as raised:
        server.client(retries=4).detect_faces(Image={"Bytes": b"x" * 5_242_881})
    error = raised.value.response
    assert error["Error"]["Code"] == "ValidationException"
    assert error["Error"]["Message"] == ("1 validation error detected: Value '[5242881 bytes]' at 'image.bytes' failed to "
                                         "satisfy constraint: Member must have length less than or equal to 5242880")
    assert error["ResponseMetadata"]["RetryAttempts"] == 0


def test_pins_name_no_registry():
    root = pathlib.Path(__file__).parent
    lock = json.loads((root / "node" / "package-lock.json").read_text())
    assert not any("resolved" in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
