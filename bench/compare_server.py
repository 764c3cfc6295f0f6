#!/usr/bin/env python3
"""What the server costs on top of recognition: `visavis bench pipeline` and SearchFacesByImage over HTTP, in turns.

    bench/compare_server.py [--image FILE] [--turns 3] [--requests 300] [--soak 20000] [--core 1] [--json]

Needs build/visavis, build/load_client, and boto3 (scripts/setup-clients; it starts itself again in that environment).
One core recognises (server with one thread, or the benchmark), the other sends: two connections, each with a signed
request of its own after the other, on an empty collection, policy and receipts as they ship. `--soak N` then sends N
requests and prints resident memory along the way. With the right to do so, both run with real-time priority (not with --no-priority), so that
other work on the machine counts less. Exit code 0: done; 1: an answer was not 200; 2: wrong use."""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "bench"))

from support import visavis  # noqa: E402

COLLECTION = "bench"


def in_environment():
    venv = visavis.CACHE / "clients" / "python"
    if pathlib.Path(sys.prefix) != venv:
        python = venv / "bin" / "python"
        if not python.exists():
            sys.exit("error: no boto3; run scripts/setup-clients first")
        os.execv(python, [python, *sys.argv])


def on_core(core, urgent):
    """Words before a command that keep it on one core, at real-time priority where wanted and allowed."""
    words = ["taskset", "-c", str(core)]
    allowed = urgent and subprocess.run(["chrt", "-r", "50", "true"], capture_output=True).returncode == 0
    return ["chrt", "-r", "50", *words] if allowed else words


def signed_request(server, image, folder):
    """Files with the headers and the body of one SearchFacesByImage, signed as boto3 signs."""
    kept = {}

    def keep(request, **_):
        kept["headers"] = dict(request.headers)
        kept["body"] = request.body

    client = server.client()
    client.meta.events.register("before-send.rekognition.SearchFacesByImage", keep)
    client.search_faces_by_image(CollectionId=COLLECTION, Image={"Bytes": image.read_bytes()})
    headers, body = folder / "headers", folder / "body"
    text = lambda value: value.decode() if isinstance(value, bytes) else str(value)
    headers.write_text("".join(f"{name}: {text(value)}\n" for name, value in kept["headers"].items()))
    body.write_bytes(kept["body"] if isinstance(kept["body"], bytes) else kept["body"].encode())
    return ["--headers", headers, "--body", body]


def portrait(folder):
    """A picture of 1280 x 720 pixels with one face, made in `folder` from a portrait of ../shared/data."""
    image = folder / "face.jpg"
    make = f"import compare_opencv; compare_opencv.make_picture({str(image)!r})"
    subprocess.run([visavis.CACHE / "bench-venv/bin/python", "-c", make], cwd=ROOT / "bench", check=True)
    return image


def load(server, prefix, image, folder, requests, connections=2):
    """One run of load_client; its report."""
    command = [*prefix, ROOT / "build/load_client", "--port", server.port, "--requests", requests, "--connections", connections,
               *signed_request(server, image, folder)]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def bare(prefix, image, rounds):
    """Pictures a second of recognition alone."""
    command = [*prefix, str(visavis.BINARY), "bench", "pipeline", "--image", str(image), "--rounds", str(rounds), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["images_per_second"]


def lost(slower, faster):
    """The share by which `slower` falls behind, and its 95 % interval: the median over turns, each of which compares neighbours
    in time, since a shared machine's speed drifts; the interval by drawing turns with replacement."""
    shares = [1 - one / other for one, other in zip(slower, faster, strict=True)]
    draw = random.Random(1)
    drawn = sorted(statistics.median(draw.choices(shares, k=len(shares))) for _ in range(2000))
    return {"share": statistics.median(shares), "low": drawn[50], "high": drawn[-51], "turns": len(shares)}


def in_words(loss):
    return f"{100 * loss['share']:.1f} % ({100 * loss['low']:.1f} to {100 * loss['high']:.1f}; median of {loss['turns']} turns)"


def resident(process):
    """Megabytes."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--core", type=int, default=1, help="the core that recognises")
    parser.add_argument("--no-priority", action="store_true", help="no real-time priority")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    in_environment()

    report = {"pipeline_per_second": [], "server_per_second": [], "p50_ms": [], "p99_ms": [], "resident_mb": []}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = arguments.image or portrait(folder)
        urgent = not arguments.no_priority
        here, there = on_core(arguments.core, urgent), on_core(int(arguments.core == 0), urgent)
        with visavis.Server(folder / "data", "--threads", "1", wrapper=here) as server:
            server.client().create_collection(CollectionId=COLLECTION)
            load(server, there, image, folder, 50)
            for _ in range(arguments.turns):
                report["pipeline_per_second"].append(bare(here, image, arguments.requests))
                answer = load(server, there, image, folder, arguments.requests)
                report["server_per_second"].append(answer["per_second"])
                report["p50_ms"].append(answer["p50_ms"])
                report["p99_ms"].append(answer["p99_ms"])
            sent = 0
            while sent < arguments.soak:
                report["resident_mb"].append(round(resident(server.process)))
                part = min(1000, arguments.soak - sent)  # a signature is good for five minutes
                load(server, there, image, folder, part)
                sent += part
            report["resident_mb"].append(round(resident(server.process)))
    report["overhead"] = lost(report["server_per_second"], report["pipeline_per_second"])
    report["soak_requests"] = arguments.soak

    if arguments.json:
        print(json.dumps(report))
        return
    line = lambda key: ", ".join(f"{value:.1f}" for value in report[key])
    print(f"bare pipeline: {line('pipeline_per_second')} images a second\n"
          f"over HTTP:     {line('server_per_second')} searches a second; median {line('p50_ms')} ms, 99 % {line('p99_ms')} ms\n"
          f"overhead: {in_words(report['overhead'])}\n"
          f"resident: {', '.join(map(str, report['resident_mb']))} MB, over {arguments.soak} requests")


if __name__ == "__main__":
    main()
