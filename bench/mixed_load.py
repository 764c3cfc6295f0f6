#!/usr/bin/env python3
"""Sustained mixed load: clients that enrol and search at once, beside what the bare pipeline allows in the same run.

    bench/mixed_load.py [--seconds 600] [--clients 8] [--enrol 0.2] [--faces 100000] [--image FILE --probe FILE] [--json]

Starts a server with one thread on one core, imports a collection of synthetic faces, and sends from the other core: each client one
signed request after the other, IndexFaces of `--image` (each time under another ExternalImageId, so that each adds a face) or
SearchFacesByImage of `--probe` (10 best above 80). Before, after and between the parts, while the server is idle, `visavis bench
pipeline` runs on its core with the same pictures: that is what recognition alone allows on a machine whose speed drifts. Policy, receipts and fsync are as they ship. Needs build/visavis,
build/synthetic_archive and boto3 (scripts/setup-clients; it starts itself again in that environment).
Exit code 0: done; 1: an answer was not 200; 2: wrong use."""

import argparse
import base64
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from compare_server import ROOT, bare, in_environment, on_core, resident, visavis

COLLECTION = "crowd"


class Client(threading.Thread):
    """One request after the other until `end`."""

    def __init__(self, server, number, bodies, enrol, end):
        super().__init__()
        self.host, self.keys = ("127.0.0.1", server.port), server.keys()
        self.number, self.bodies, self.enrol, self.end = number, bodies, enrol, end
        self.took = {"IndexFaces": [], "SearchFacesByImage": []}
        self.failures = []

    def run(self):
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        signer = SigV4Auth(Credentials(*self.keys), "rekognition", visavis.REGION)
        connection = http.client.HTTPConnection(*self.host, timeout=60)
        serial = self.number  # so that the clients do not enrol in step
        share = 0.0
        while time.monotonic() < self.end:
            serial += 1
            share += self.enrol
            operation = "IndexFaces" if share >= 1 else "SearchFacesByImage"
            share %= 1
            body = self.bodies[operation].replace(b"@NAME@", f"{self.number}-{serial}".encode())
            request = AWSRequest("POST", "http://%s:%d/" % self.host, data=body, headers={
                "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"RekognitionService.{operation}"})
            signer.add_auth(request)
            start = time.monotonic()
            try:
                connection.request("POST", "/", body, dict(request.headers))
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                return
            if answer.status == 200:
                self.took[operation].append(time.monotonic() - start)
            else:
                self.failures.append(content[:200].decode(errors="replace"))


def bodies_of(image, probe):
    picture = lambda path: {"Bytes": base64.b64encode(path.read_bytes()).decode()}
    return {
        "IndexFaces": json.dumps({"CollectionId": COLLECTION, "Image": picture(image), "ExternalImageId": "@NAME@", "MaxFaces": 1}).encode(),
        "SearchFacesByImage": json.dumps({"CollectionId": COLLECTION, "Image": picture(probe), "FaceMatchThreshold": 80, "MaxFaces": 10}).encode(),
    }


def fill(data, folder, faces):
    key = folder / "key"
    key.write_bytes(os.urandom(32))
    version = json.loads(visavis.run("collections", "create", "empty", "--json", data=data, check=0).stdout)["FaceModelVersion"]
    subprocess.run([ROOT / "build" / "synthetic_archive", folder / "crowd", "--key-file", key, "--model-version", version,
                    "--faces", str(faces)], check=True)
    start = time.monotonic()
    visavis.run("collections", "import", COLLECTION, folder / "crowd", "--key-file", key, data=data, check=0, timeout=3600)
    (folder / "crowd").unlink()
    return time.monotonic() - start


def milliseconds(seconds, share):
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def measure(arguments, image, probe, folder):
    here = on_core(arguments.core, not arguments.no_priority)
    report = {"seconds": arguments.seconds, "clients": arguments.clients, "enrol": arguments.enrol, "faces": arguments.faces}
    data = folder / "data"
    data.mkdir(mode=0o700)
    report["import_seconds"] = round(fill(data, folder, arguments.faces), 1)
    rates = lambda: 1 / (arguments.enrol / bare(here, image, 100) + (1 - arguments.enrol) / bare(here, probe, 200))
    report["pipeline_per_second"] = [rates()]
    with visavis.Server(data, "--threads", "1", "--log-level", "error", wrapper=here) as server:
        os.sched_setaffinity(0, set(range(os.cpu_count())) - {arguments.core} or {arguments.core})
        bodies = bodies_of(image, probe)
        report["resident_mb"] = []
        took = {"IndexFaces": [], "SearchFacesByImage": []}
        failures = []
        elapsed = 0.0
        # In parts, between which the memory is read; the first warms up and does not count.
        parts = [5.0] + [arguments.seconds / arguments.parts] * arguments.parts
        for part, seconds in enumerate(parts):
            start = time.monotonic()
            end = start + seconds
            clients = [Client(server, part * 1000 + i, bodies, arguments.enrol, end) for i in range(arguments.clients)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
                failures += client.failures
                for operation, times in client.took.items():
                    if part > 0:
                        took[operation] += times
            report["resident_mb"].append(round(resident(server.process)))
            if part > 0:
                elapsed += time.monotonic() - start
                report["pipeline_per_second"].append(rates())
        report["faces_at_the_end"] = server.client().describe_collection(CollectionId=COLLECTION)["FaceCount"]
    every = took["IndexFaces"] + took["SearchFacesByImage"]
    report |= {"requests": len(every), "per_second": len(every) / elapsed, "failures": failures[:10],
               "p50_ms": milliseconds(every, 0.5), "p99_ms": milliseconds(every, 0.99),
               "by_operation": {name: {"requests": len(times), "p50_ms": milliseconds(times, 0.5), "p99_ms": milliseconds(times, 0.99)}
                                for name, times in took.items()}}
    report["share_of_pipeline"] = report["per_second"] / statistics.mean(report["pipeline_per_second"])
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--enrol", type=float, default=0.2, help="share of IndexFaces")
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--parts", type=int, default=6, help="memory is read after each")
    parser.add_argument("--image", type=pathlib.Path, help="to be enrolled")
    parser.add_argument("--probe", type=pathlib.Path, help="to be searched")
    parser.add_argument("--core", type=int, default=1, help="the server's")
    parser.add_argument("--no-priority", action="store_true", help="no real-time priority")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    in_environment()
    if (arguments.image is None) != (arguments.probe is None):
        parser.error("give --image and --probe, or neither")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image, probe = arguments.image, arguments.probe
        if image is None:
            portraits = sorted((visavis.SHARED / "congress" / "115th").glob("*.jpg"))
            if len(portraits) < 2:
                parser.error("the photographs are not here: give --image and --probe")
            image, probe = portraits[0], portraits[1]
        report = measure(arguments, image, probe, folder)
    if arguments.json:
        print(json.dumps(report))
    else:
        print(f"{report['clients']} clients, {report['enrol']:.0%} IndexFaces, {report['faces']:,} faces at first, {report['seconds']:.0f} s\n"
              f"bare pipeline: {', '.join(f'{rate:.1f}' for rate in report['pipeline_per_second'])} pictures a second (before, between and after)\n"
              f"over HTTP:     {report['per_second']:.1f} requests a second, {report['share_of_pipeline']:.0%} of that; "
              f"median {report['p50_ms']:.1f} ms, 99 % {report['p99_ms']:.1f} ms ({report['p99_ms'] / report['p50_ms']:.2f} times)\n"
              f"resident:      {', '.join(map(str, report['resident_mb']))} MB; {report['faces_at_the_end']:,} faces at the end\n"
              f"failures:      {report['failures'] or 'none'}")
    sys.exit(1 if report["failures"] else 0)


if __name__ == "__main__":
    main()
