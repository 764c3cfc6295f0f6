"""Our own routes, signed with SigV4."""
import json
import urllib.error
import urllib.request

from support import visavis


def signed(server, key, method, path, body=None):
    """(status, JSON) of one request; `key` is (id, secret) or (id, secret, token)."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    data = json.dumps(body).encode() if body is not None else b""
    request = AWSRequest(method=method, url=server.url + path, data=data)
    SigV4Auth(Credentials(*key), "rekognition", visavis.REGION).add_auth(request)
    plain = urllib.request.Request(server.url + path, data=data or None, method=method, headers=dict(request.headers))
    try:
        with urllib.request.urlopen(plain, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
