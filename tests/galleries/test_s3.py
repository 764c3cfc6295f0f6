"""Images as S3Objects: from a real S3 server (SeaweedFS, from PyPI), from a directory, and from nowhere else."""
import http.server
import io
import json
import os
import socket
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from support import visavis

KEY, SECRET = "weedkey", "weedsecret"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def weed(tmp_path_factory):
    """(endpoint, boto3 client) of a SeaweedFS with one bucket, `photos`, that keeps versions."""
    import boto3

    place = tmp_path_factory.mktemp("weed")
    program = visavis.CACHE / "clients" / "python" / "bin" / "weed"
    assert program.exists(), "scripts/setup-clients has not installed SeaweedFS"
    settings = place / "s3.json"
    settings.write_text(json.dumps({"identities": [{"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                                                    "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    # Each listens for gRPC ten thousand ports above unless it is told otherwise.
    grpc = {name: free_port() for name in ports}
    command = [program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={place}", "-filer", "-s3", f"-s3.config={settings}",
               f"-master.port={ports['master']}", f"-volume.port={ports['volume']}", f"-filer.port={ports['filer']}", f"-s3.port={ports['s3']}",
               f"-master.port.grpc={grpc['master']}", f"-volume.port.grpc={grpc['volume']}", f"-filer.port.grpc={grpc['filer']}",
               f"-s3.port.grpc={grpc['s3']}", "-volume.max=5", "-master.volumeSizeLimitMB=64"]
    log = open(place / "log", "wb")
    process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, cwd=place,
                               env=os.environ | {"TMPDIR": str(place)})
    endpoint = f"http://127.0.0.1:{ports['s3']}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    end = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket="photos")
            client.put_object(Bucket="photos", Key="probe", Body=b"x")
            break
        except (BotoCoreError, ClientError):
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise AssertionError("SeaweedFS does not answer: " + (place / "log").read_text()[-2000:])
            time.sleep(0.5)
    client.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    yield endpoint, client
    process.kill()  # it takes its time to end, and nothing of it is kept
    process.wait(20)


@pytest.fixture
def start_with(start_server, tmp_path):
    def start(*places):
        lines = []
        for place in places:
            lines.append("[[s3]]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in place.items()]
        settings = tmp_path / "visavis.toml"
        settings.write_text("\n".join(lines) + "\n")
        settings.chmod(0o600)
        return start_server("data", "--config", settings).client()
    return start


def from_s3(name, bucket="photos", **more):
    return {"S3Object": {"Bucket": bucket, "Name": name, **more}}


def refused(call, code="InvalidS3ObjectException"):
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def test_objects_of_a_real_s3_server(weed, start_with, portraits):
    endpoint, s3 = weed
    client = start_with({"endpoint": endpoint, "region": "us-east-1", "access_key_id": KEY, "secret_access_key": SECRET})
    name = "Ordner/ein Bild +(1)~ä.jpg"
    first = s3.put_object(Bucket="photos", Key=name, Body=portraits[0].read_bytes())["VersionId"]
    s3.put_object(Bucket="photos", Key=name, Body=portraits[2].read_bytes())
    client.create_collection(CollectionId="c")
    face = client.index_faces(CollectionId="c", Image=from_s3(name, Version=first), ExternalImageId="first")["FaceRecords"][0]["Face"]
    latest = client.search_faces_by_image(CollectionId="c", Image=from_s3(name), FaceMatchThreshold=90)
    assert latest["FaceMatches"] == [], "the latest version shows somebody else"
    old = client.search_faces_by_image(CollectionId="c", Image=from_s3(name, Version=first), FaceMatchThreshold=90)
    assert [match["Face"]["FaceId"] for match in old["FaceMatches"]] == [face["FaceId"]]
    assert len(client.detect_faces(Image=from_s3(name))["FaceDetails"]) == 1
    both = client.compare_faces(SourceImage=from_s3(name, Version=first), TargetImage={"Bytes": portraits[1].read_bytes()})
    assert len(both["FaceMatches"]) == 1
    for wrong in (from_s3("none.jpg"), from_s3(name, bucket="no-such-bucket"), from_s3(name, Version="3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY")):
        assert refused(lambda: client.detect_faces(Image=wrong)).startswith("Unable to get object metadata from S3. Check object key")


def test_an_object_of_more_than_15_mb(weed, start_with):
    endpoint, s3 = weed
    client = start_with({"endpoint": endpoint, "access_key_id": KEY, "secret_access_key": SECRET})
    s3.put_object(Bucket="photos", Key="large", Body=b"\0" * (15 * 1024 * 1024 + 1))
    assert "too large" in refused(lambda: client.detect_faces(Image=from_s3("large")), "ImageTooLargeException")
    s3.put_object(Bucket="photos", Key="not a picture", Body=b"\0" * 6_000_000)
    refused(lambda: client.detect_faces(Image=from_s3("not a picture")), "InvalidImageFormatException")


def test_wrong_credentials(weed, start_with, portraits):
    endpoint, s3 = weed
    s3.put_object(Bucket="photos", Key="a.jpg", Body=portraits[0].read_bytes())
    client = start_with({"endpoint": endpoint, "access_key_id": KEY, "secret_access_key": "wrong"})
    assert "answers 403" in refused(lambda: client.detect_faces(Image=from_s3("a.jpg")))


def test_a_picture_of_6_mb_from_a_directory(start_with, tmp_path, portraits):
    from PIL import Image

    (tmp_path / "bucket").mkdir()
    buffer = io.BytesIO()
    Image.open(portraits[0]).convert("RGB").resize((1800, 1800)).save(buffer, "PNG", compress_level=0)
    assert len(buffer.getvalue()) > 5_242_880
    (tmp_path / "bucket" / "a.png").write_bytes(buffer.getvalue())
    (tmp_path / "secret.jpg").write_bytes(portraits[0].read_bytes())
    (tmp_path / "bucket" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    client = start_with({"bucket": "photos", "directory": str(tmp_path / "bucket")})
    assert len(client.detect_faces(Image=from_s3("a.png"))["FaceDetails"]) == 1
    for wrong in ("../secret.jpg", "link.jpg", str(tmp_path / "secret.jpg")):
        refused(lambda: client.detect_faces(Image=from_s3(wrong)))
    assert "not configured" in refused(lambda: client.detect_faces(Image=from_s3("a.png", bucket="other")))


def test_redirects_are_not_followed(start_with):
    """A server that points elsewhere, and one that must never be asked."""
    asked = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    elsewhere = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)

    class Redirecting(Elsewhere):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{elsewhere.server_port}/stolen")
            self.end_headers()

    redirecting = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    for one in (elsewhere, redirecting):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    client = start_with({"endpoint": f"http://127.0.0.1:{redirecting.server_port}"})
    assert "answers 302" in refused(lambda: client.detect_faces(Image=from_s3("a.jpg")))
    assert asked == []
    for one in (elsewhere, redirecting):
        one.shutdown()
