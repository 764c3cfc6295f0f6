#!/usr/bin/env python3
"""Writes sigv4.json: requests signed by botocore at a fixed time, for src/protocol/sigv4_test.cpp.

Run by hand with any Python that has botocore; the keys are the examples of Amazon's own documentation.
"""
import datetime
import hashlib
import json
import pathlib
from unittest import mock

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.credentials

ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2026, 1, 31, 23, 59, 58, tzinfo=datetime.timezone.utc)


def signed(name, method="POST", path="/", body=b"{}", headers=(), region="us-east-1", service="rekognition", token=None,
           host="127.0.0.1:8080"):
    request = botocore.awsrequest.AWSRequest(method, f"http://{host}{path}", dict(headers), body)
    with mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: NOW.replace(tzinfo=None), create=True):
        credentials = botocore.credentials.Credentials(ID, SECRET, token)
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    sent = {"Host": host, **dict(request.headers.items())}
    return {"name": name, "method": method, "target": path, "headers": [[k, v] for k, v in sent.items()],
            "body": body.decode(), "service": service, "region": region}


JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "RekognitionService.DetectFaces"}
sha = hashlib.sha256(b"{}").hexdigest()
vectors = [
    signed("DetectFaces", headers=JSON),
    signed("a body with text", headers=JSON, body='{"CollectionId": "Zürich"}'.encode()),
    signed("an empty body", headers=JSON, body=b""),
    signed("another region", headers=JSON, region="eu-central-2"),
    signed("an endpoint with a path", headers=JSON, path="/base/path"),
    signed("a path to normalise", headers=JSON, path="/base//./path/../x/"),
    signed("a path with escapes", method="GET", path="/v1/collections/a%20b%3Ac", body=b""),
    signed("a query in disorder", method="GET", path="/v1/receipts?to=9&from=1&from=0&flag", body=b""),
    signed("spaces in a header", headers={**JSON, "X-Amz-User-Agent": "  a   b  c "}),
    signed("the body's hash in a header", headers={**JSON, "X-Amz-Content-SHA256": sha}),
    signed("a session token", headers=JSON, token="FwoGZXIvYXdzEXAMPLE//token=="),
    signed("sts", headers={"Content-Type": "application/x-www-form-urlencoded"}, service="sts",
           body=b"Action=GetCallerIdentity&Version=2011-06-15"),
    signed("a name as host", headers=JSON, host="faces.example.org"),
]
out = {"made_by": f"botocore {botocore.__version__}", "access_key_id": ID, "secret": SECRET,
       "time": int(NOW.timestamp()), "vectors": vectors}
target = pathlib.Path(__file__).with_name("sigv4.json")
target.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
for vector in vectors:
    date = dict(vector["headers"])["X-Amz-Date"]
    assert date == "20260131T235958Z", date
