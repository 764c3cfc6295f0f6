"""A server in front of the real one that throttles, fails and hangs up as a busy service does."""
import collections
import http.client
import http.server
import threading
import time
import urllib.parse

THROTTLED = (400, "ThrottlingException", "Rate exceeded")
EXCEEDED = (400, "ProvisionedThroughputExceededException", "The level of requests exceeds the provisioned throughput")
FAILED = (500, "InternalServerError", "Internal server error")
HANGS_UP = None


class Throttle:
    """Answers the first tries of every request as `first` says, in turn, and passes later ones on to `url`, unchanged, so
    that signatures stay good. `calls` maps a request's body to the moments of its tries. `refuses(operation, number)` may
    give an answer to the number-th request of an operation, from 0."""

    def __init__(self, url, first=(), refuses=lambda operation, number: None):
        self.calls = collections.defaultdict(list)
        self.asked = collections.Counter()
        self.first = first
        target = urllib.parse.urlsplit(url)
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                tries = owner.calls[self.headers["X-Amz-Target"], body]
                tries.append(time.monotonic())
                if len(tries) <= len(owner.first):
                    return self.refuse(owner.first[len(tries) - 1])
                operation = self.headers["X-Amz-Target"].rsplit(".", 1)[1]
                owner.asked[operation] += 1
                if how := refuses(operation, owner.asked[operation] - 1):
                    return self.refuse(how)
                connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
                connection.request("POST", self.path, body, dict(self.headers))
                answer = connection.getresponse()
                self.answer(answer.status, answer.read(), answer.getheader("Content-Type"))
                connection.close()

            def refuse(self, how):
                if how is HANGS_UP:
                    self.close_connection = True
                    return
                status, kind, message = how
                self.answer(status, b'{"__type":"%s","Message":"%s"}' % (kind.encode(), message.encode()),
                            "application/x-amz-json-1.1")

            def answer(self, status, body, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
