#!/usr/bin/env python3
"""What receipts cost of search throughput: the same searches on two servers, with and without them, in turns.

    bench/receipts_share.py [--image FILE] [--turns 5] [--seconds 6] [--clients 8] [--threads 1] [--core 1]
                            [--no-priority] [--json]

Needs what bench/compare_server.py needs. SearchFacesByImage from so many connections on an empty collection; the second
server's configuration is `receipts_without = ["SearchFacesByImage"]`. One core recognises, the other sends. Exit code 0:
done; 1: an answer was not 200."""

import argparse
import json
import pathlib
import tempfile

from compare_server import COLLECTION, in_environment, in_words, load, lost, on_core, portrait, visavis


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

    report = {"with": [], "without": []}
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
                    answer = load(servers[kind], there, image, folder, requests, arguments.clients)
                    report[kind].append(answer["per_second"])
    report["loss"] = lost(report["with"], report["without"])
    if arguments.json:
        print(json.dumps(report))
        return
    for kind in ("with", "without"):
        print(f"{kind:<8} receipts: {', '.join(f'{value:.1f}' for value in report[kind])} searches a second")
    print(f"receipts cost {in_words(report['loss'])}")


if __name__ == "__main__":
    main()
