"""The command line beside a server, over its Unix socket, and without one: the same answers either way."""
import http.client
import json
import signal
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import SSLError

from support import visavis


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def over_socket(server, operation, body, **headers):
    connection = UnixConnection(server.socket)
    connection.request("POST", "/", json.dumps(body), {"X-Amz-Target": f"RekognitionService.{operation}", **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.fixture
def picture_file(tmp_path, blank_picture):
    path = tmp_path / "blank.jpg"
    path.write_bytes(blank_picture)
    return path


def test_the_command_answers_what_the_server_answers(start_server, portraits):
    server = start_server()
    picture = portraits[0]
    by_api = server.client().detect_faces(Image={"Bytes": picture.read_bytes()})["FaceDetails"]
    beside = json.loads(visavis.run("detect", picture, "--json", data=server.data, check=0).stdout)
    assert len(server.wait_for_log(2, operation="DetectFaces")) == 2, "the command asked the server"
    server.stop()
    alone = json.loads(visavis.run("detect", picture, "--json", data=server.data, check=0).stdout)
    assert beside["FaceDetails"] == by_api and alone["FaceDetails"] == by_api


def test_one_process_has_the_directory(start_server, picture_file, tmp_path):
    server = start_server()
    second = visavis.run("serve", "--listen", "127.0.0.1:0", "--data", server.data, timeout=60)
    assert second.returncode == 4 and "is in use by another process" in second.stderr
    server.stop()
    visavis.run("detect", picture_file, data=server.data)
    server.start()


def test_the_socket_is_private_and_needs_no_signature(start_server):
    server = start_server()
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o600
    status, body = over_socket(server, "DetectFaces", {"Image": {}})
    assert (status, body["__type"]) == (400, "InvalidParameterException")


def test_the_operator_acts_in_an_account_of_twelve_digits_alone(start_server):
    server = start_server()
    for account, status in (("111122223333", 200), ("1234", 400), ("<x>", 400)):
        answer = over_socket(server, "CreateCollection", {"CollectionId": "c"}, **{"x-visavis-account": account})
        assert answer[0] == status and account in json.dumps(answer[1]), answer
    assert server.client().list_collections()["CollectionIds"] == [], "of the default account"
    # Over TCP the header means nothing: a key acts in its own account.
    client = server.client()
    sent = []
    client.meta.events.register("before-call.rekognition.*", lambda params, **_: params["headers"].update({"x-visavis-account": "111122223333"}))
    client.meta.events.register("before-send.rekognition.*", lambda request, **_: sent.append(request.headers["x-visavis-account"]))
    assert client.list_collections()["CollectionIds"] == [] and len(sent) == 1


def test_the_operator_may_send_fifteen_megabytes(server):
    import base64

    most = base64.b64encode(b"x" * (15 * 1024 * 1024)).decode()
    status, body = over_socket(server, "DetectFaces", {"Image": {"Bytes": most}})
    assert (status, body["__type"]) == (400, "InvalidImageFormatException"), "it was let through to the decoder"
    status, body = over_socket(server, "DetectFaces", {"Image": {"Bytes": most + "AAAA"}})
    assert body["message"].endswith("Member must have length less than or equal to 15728640")


@pytest.mark.parametrize("arguments, words", [
    (["--listen", "127.0.0.1:0", "--config", "/nonexistent.toml"], "/nonexistent.toml"),
    (["--listen", "127.0.0.1:http!"], "127.0.0.1:http!"),
    (["--listen", "0.0.0.0:0"], "can be reached from other machines, so it needs TLS"),
    (["--listen", "0.0.0.0:0", "--tls-at-proxy"], "a server that others reach needs one"),
    (["--tls-cert", "/nonexistent.pem", "--tls-key", "/nonexistent.pem"], "/nonexistent.pem"),
    (["--log-level", "loud"], "`loud`"),
    (["--models", "/nonexistent"], "/nonexistent"),
])
def test_wrong_use_is_told_with_its_value(tmp_path, arguments, words):
    done = visavis.run("serve", *arguments, "--data", tmp_path / "data")
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not (tmp_path / "data" / "ledger").exists(), "a refused start began a log"


def test_a_misspelt_setting_is_an_error(tmp_path):
    settings = tmp_path / "visavis.toml"
    settings.write_text('listen = "127.0.0.1:0"\nlimt = 5\n')
    done = visavis.run("serve", "--config", settings, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert f"configuration `{settings}`, line 2: there is no setting `limt`" in done.stderr
    settings.write_text('listen = "127.0.0.1:0"\n[s3]\nbucket = "b"\ndirectory = "/tmp"\n')
    done = visavis.run("serve", "--config", settings, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert f"configuration `{settings}`, line 2: `s3` is no list of tables: begin each with `[[s3]]`" in done.stderr
    settings.write_text('[[s3]]\nbucket = "b"\n')
    done = visavis.run("serve", "--config", settings, "--data", tmp_path / "data")
    assert done.returncode == 2 and "line 1: an [[s3]] table needs" in done.stderr


def test_settings_come_from_the_file_and_options_take_precedence(tmp_path):
    settings = tmp_path / "visavis.toml"
    settings.write_text(f'listen = "127.0.0.1:1"\ndata = "{tmp_path}/from-file"\nlog_level = "off"\n')
    with visavis.Server(tmp_path / "data", "--config", settings) as server:
        assert server.port != 1 and (tmp_path / "data").is_dir() and not (tmp_path / "from-file").exists()
        assert server.log_lines() == []


def test_a_lost_server_key_is_not_replaced(start_server):
    server = start_server()
    server.stop()
    (server.data / "server.key").rename(server.data / "server.key.lost")
    done = visavis.run("serve", "--listen", "127.0.0.1:0", "--data", server.data)
    assert done.returncode != 0 and "put the key back from your backup" in done.stderr
    assert not (server.data / "server.key").exists()
    (server.data / "server.key.lost").rename(server.data / "server.key")
    server.start()


def test_a_server_key_that_others_may_read_is_refused(start_server):
    server = start_server()
    server.stop()
    (server.data / "server.key").chmod(0o644)
    done = visavis.run("serve", "--listen", "127.0.0.1:0", "--data", server.data)
    assert done.returncode == 4 and "chmod 600" in done.stderr


def certificate(folder, name):
    """(certificate, key) as PEM files, signed by itself, for 127.0.0.1."""
    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519" if name == "other" else "rsa:2048", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", pem], check=True, capture_output=True)
    key.chmod(0o600)
    return pem, key


def test_an_sdk_speaks_tls_and_a_new_certificate_is_taken_up(start_server, tmp_path, monkeypatch, portraits):
    pem, key = certificate(tmp_path, "server")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    server = start_server("data", "--tls-cert", pem, "--tls-key", key)
    assert server.url.startswith("https://127.0.0.1:")

    def client(trusted):
        key_id, secret = server.keys()
        return boto3.client("rekognition", endpoint_url=server.url, region_name=visavis.REGION, aws_access_key_id=key_id,
                            aws_secret_access_key=secret, verify=str(trusted), config=Config(retries={"max_attempts": 0}))

    image = {"Bytes": portraits[0].read_bytes()}
    assert client(pem).detect_faces(Image=image)["FaceDetails"]
    other, other_key = certificate(tmp_path, "other")
    with pytest.raises(SSLError):
        client(other).detect_faces(Image=image)
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        urllib.request.urlopen(server.url.replace("https", "http") + "/health/live", timeout=10)
    other.replace(pem)
    other_key.replace(key)
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 10
    while True:
        try:
            assert client(pem).detect_faces(Image=image)["FaceDetails"]
            break
        except SSLError:
            assert time.monotonic() < until, "the new certificate is not served"
            time.sleep(0.1)
