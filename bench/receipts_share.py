#!/usr/bin/env python3
"""What receipts cost of search throughput: the same searches on two servers, with and without them, in turns.

    bench/receipts_share.py [--image FILE] [--turns 5] [--seconds 6] [--clients 8] [--threads 1] [--core 1]
                            [--no-priority] [--json]

Needs what bench/compare_server.py needs. SearchFacesByImage from so many connections on an empty collection; the second
server's configuration is `receipts_without = ["SearchFacesByImage"]`. One core recognises, the other sends. Beside the
throughput stands the processor time of the server: when all its threads share a core that is always busy, both lose the same
share, and only the throughput suffers from what else the machine does. Exit code 0: done; 1: an answer was not 200."""

import argparse
import json
import pathlib
import tempfile

from compare_server import COLLECTION, in_environment, in_words, load, lost, on_core, portrait, visavis


def processor_seconds(process):
    """Of all its threads, from the scheduler's nanoseconds (/proc/PID/stat counts in hundredths of a second)."""
    return sum(int(file.read_text().split()[0]) for file in pathlib.Path(f"/proc/{process.pid}/task").glob("*/schedstat")) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1, help="pictures worked on side by side")
    parser.add_argument("--core", type=int, default=1, help="the core that recognises")
    parser.add_argument("--no-priority", action="store_true", help="no real-time priority")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    in_environment()

    report = {"with": [], "without": [], "with_ms": [], "without_ms": []}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = arguments.image or portrait(folder)
        urgent = not arguments.no_priority
        here, there = on_core(arguments.core, urgent), on_core(int(arguments.core == 0), urgent)
        settings = folder / "without.toml"
        settings.write_text('receipts_without = ["SearchFacesByImage"]\n')
        common = ("--threads", str(arguments.threads))
        with visavis.Server(folder / "a", *common, wrapper=here) as one, \
                visavis.Server(folder / "b", *common, "--config", settings, wrapper=here) as other:
            servers = {"with": one, "without": other}
            for server in servers.values():
                server.client().create_collection(CollectionId=COLLECTION)
            first = [load(server, there, image, folder, 200, arguments.clients)["per_second"] for server in servers.values()]
            requests = int(max(first) * arguments.seconds)
            for turn in range(arguments.turns):
                for kind in sorted(servers, reverse=turn % 2 == 1):
                    before = processor_seconds(servers[kind].process)
                    answer = load(servers[kind], there, image, folder, requests, arguments.clients)
                    report[kind].append(answer["per_second"])
                    spent = processor_seconds(servers[kind].process) - before
                    report[kind + "_ms"].append(1000 * spent / (requests + 1))  # load() signs one by sending it
    report["loss"] = lost(report["with"], report["without"])
    report["processor_loss"] = lost(*([1 / each for each in report[kind + "_ms"]] for kind in ("with", "without")))
    if arguments.json:
        print(json.dumps(report))
        return
    for kind in ("with", "without"):
        print(f"{kind:<8} receipts: {', '.join(f'{value:.1f}' for value in report[kind])} searches a second")
        times = ", ".join(f"{value:.2f}" for value in report[kind + "_ms"])
        print(f"         processor time: {times} ms a search")
    print(f"receipts cost {in_words(report['loss'])} of the throughput")
    print(f"         by processor time {in_words(report['processor_loss'])}")


if __name__ == "__main__":
    main()
