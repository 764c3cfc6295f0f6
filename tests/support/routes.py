"""Our own routes, signed with SigV4 as any AWS client signs."""
import json
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support import visavis


def signed(server, key, method, path, body=None, timeout=60):
    """(status, JSON) of one request; `key` is (id, secret) or (id, secret, token)."""
    status, _, answer = signed_with_headers(server, key, method, path, body, timeout)
    return status, answer


def signed_with_headers(server, key, method, path, body=None, timeout=60, headers=None):
    """(status, headers, JSON) of one request."""
    data = json.dumps(body).encode() if body is not None else b""
    request = AWSRequest(method=method, url=server.url + path, data=data, headers=headers)
    SigV4Auth(Credentials(*key), "rekognition", visavis.REGION).add_auth(request)
    plain = urllib.request.Request(server.url + path, data=data or None, method=method, headers=dict(request.headers))
    try:
        with urllib.request.urlopen(plain, timeout=timeout) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.load(error)


def called(server, key, operation, body):
    """(status, headers, JSON) of an operation as it is on the wire: SDKs drop members that they do not know."""
    return signed_with_headers(server, key, "POST", "/", body, headers={"X-Amz-Target": f"RekognitionService.{operation}",
                                                                        "Content-Type": "application/x-amz-json-1.1"})


def receipts_so_far(server):
    """How many receipts the log holds, published or not."""
    low, high = 0, 1
    def there(index):
        try:
            with urllib.request.urlopen(f"{server.url}/v1/receipts/{index}", timeout=30):
                return True
        except urllib.error.HTTPError:
            return False
    while there(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if there(middle) else (low, middle)
    return high if there(0) else 0


def opened_receipts(server):
    """Every receipt with its openings, opened by root. Opening leaves receipts, too; those are not among them."""
    opened = []
    for index in range(receipts_so_far(server)):
        status, answer = signed(server, server.keys(), "POST", f"/v1/receipts/{index}/open", {})
        if status == 200:
            opened.append(answer)
    return opened
