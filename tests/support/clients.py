"""The AWS clients, unmodified, behind one call: call(server, operation, request, **environment) -> Answer.

`request` is Rekognition's own; {"$file": PATH} stands for a file's bytes (image(PATH) makes an Image of it). A client that
could not be installed fails the test that asks for it.
"""
import dataclasses
import json
import pathlib
import re
import subprocess

import pytest

from support import visavis

CLIENTS = visavis.CACHE / "clients"


@dataclasses.dataclass
class Answer:
    output: dict | None = None
    error: str | None = None         # exception's name on the wire
    kind: str | None = None          # the client's own class for it
    message: str | None = None
    status: int | None = None
    request_id: str | None = None
    headers: dict = dataclasses.field(default_factory=dict)


def need(name):
    missing = CLIENTS / f"{name}.missing"
    installed = any(CLIENTS.glob(f".done-{name}-*"))
    if missing.exists() or not installed:
        reason = missing.read_text() if missing.exists() else "scripts/setup-clients has not run"
        pytest.fail(f"the {name} client is not installed: {reason}", pytrace=False)


def _spoken(command, server, environment, operation, request):
    """A client program that prints one line of JSON."""
    done = subprocess.run([*command, operation, json.dumps(request)], capture_output=True, text=True, timeout=120,
                          env=server.client_environment(**environment))
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return Answer(output=said.get("output"), error=said.get("error"), kind=said.get("class"), message=said.get("message"),
                  status=said.get("status"), request_id=said.get("requestId"),
                  headers={name.lower(): value for name, value in said.get("headers", {}).items()})


def image(path):
    return {"Bytes": {"$file": str(path)}}


def with_files(value):
    """The request with the files' bytes in their places."""
    if isinstance(value, dict):
        return pathlib.Path(value["$file"]).read_bytes() if "$file" in value else {k: with_files(v) for k, v in value.items()}
    return [with_files(item) for item in value] if isinstance(value, list) else value


def javascript(server, operation, request, **environment):
    need("node")
    folder = CLIENTS / "node"
    return _spoken([folder / "node", folder / "client.mjs"], server, environment, operation, request)


def go(server, operation, request, **environment):
    need("go")
    return _spoken([CLIENTS / "go" / "client"], server, environment, operation, request)


def java(server, operation, request, **environment):
    need("java")
    target = CLIENTS / "java" / "target"
    return _spoken(["java", "-cp", f"{target}/classes:{target}/lib/*", "Client"], server, environment, operation, request)


def boto3(server, operation, request, **environment):
    from botocore.exceptions import ClientError

    keys = server.keys()
    client = server.client(environment.get("AWS_ACCESS_KEY_ID", keys[0]), environment.get("AWS_SECRET_ACCESS_KEY", keys[1]))
    method = getattr(client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
    try:
        output = method(**with_files(request))
    except ClientError as error:
        detail, metadata = error.response["Error"], error.response["ResponseMetadata"]
        return Answer(error=detail["Code"], kind=type(error).__name__, message=detail["Message"],
                      status=metadata["HTTPStatusCode"], request_id=metadata["RequestId"])
    metadata = output.pop("ResponseMetadata")
    return Answer(output=output, request_id=metadata["RequestId"], headers=metadata["HTTPHeaders"])


def aws_cli(server, operation, request, **environment):
    need("python")
    command = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
    arguments = [CLIENTS / "python" / "bin" / "aws", "rekognition", command, "--output", "json"]
    plain = dict(request)
    for name, option in (("Image", "--image-bytes"), ("SourceImage", "--source-image-bytes"),
                         ("TargetImage", "--target-image-bytes")):
        if name in plain:
            arguments += [option, f"fileb://{plain.pop(name)['Bytes']['$file']}"]
    if plain:
        arguments += ["--cli-input-json", json.dumps(plain)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120,
                          env=server.client_environment(AWS_MAX_ATTEMPTS="1", **environment))
    if done.returncode == 0:
        return Answer(output=json.loads(done.stdout or "{}"))
    found = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation[^:]*: (.*)", done.stderr, re.S)
    assert found, done.stderr
    assert found[2] == operation
    # For an error that the service answered with: 255 in version 1 (PyPI's), 254 in version 2.
    assert done.returncode == 255, done.stderr
    return Answer(error=found[1], kind="exit 255", message=found[3].strip())


ALL = {"boto3": boto3, "aws_cli": aws_cli, "javascript": javascript, "go": go, "java": java}
