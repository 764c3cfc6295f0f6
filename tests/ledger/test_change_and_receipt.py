"""kill -9 while cases, access keys and revocations change: no change without its receipt, no receipt without its change."""
import collections
import concurrent.futures
import http.client
import os
import random
import threading
import time

from support import ledger
from support.routes import opened_receipts, signed

ROUNDS = 30 if os.environ.get("VISAVIS_TEST_LONG") == "1" else 5
WRITERS = 8


def write_until_killed(server, root, name, dead, acknowledged):
    """Cases, keys and revocations in turn, each with a name of its own."""
    for number in range(100_000):
        if dead.is_set():
            return
        one = f"{name}-{number}"
        try:
            status, answer = signed(server, root, "POST", "/v1/cases",
                                    {"id": one, "purpose": "missing-child", "reason": "r", "hours": 9})
            assert status == 200, answer
            acknowledged["OpenCase"].append(one)
            status, answer = signed(server, root, "POST", "/v1/access-keys", {"principal": one})
            assert status == 200, answer
            acknowledged["CreateAccessKey"].append(one)
            if number % 3 == 0:
                revoke = f"/v1/access-keys/{answer['access_key_id']}/revoke"
                assert signed(server, root, "POST", revoke)[0] == 200
                assert signed(server, root, "POST", f"/v1/roles/{one}/revoke-sessions")[0] == 200
                acknowledged["RevokeSessions"].append(one)
        except (OSError, http.client.HTTPException):
            return  # it was killed


def test_kill_9_separates_no_change_from_its_receipt(start_server):
    chance = random.Random(11)
    server = start_server("data")
    root = server.keys()
    acknowledged = {"OpenCase": [], "CreateAccessKey": [], "RevokeSessions": []}
    for round_number in range(ROUNDS):
        dead = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(write_until_killed, server, root, f"r{round_number}w{i}", dead, acknowledged)
                       for i in range(WRITERS)]
            time.sleep(chance.uniform(0.2, 0.6))
            server.kill()
            dead.set()
            for writer in writers:
                writer.result()
        server.start()

    cases = [one["id"] for one in signed(server, root, "GET", "/v1/cases")[1]["cases"]]
    listed = signed(server, root, "GET", "/v1/access-keys")[1]["access_keys"]
    keys = [one["principal"] for one in listed]
    assert set(acknowledged["OpenCase"]) <= set(cases) and set(acknowledged["CreateAccessKey"]) <= set(keys)
    told = [one for one in opened_receipts(server) if one["record"]["outcome"] == "answered"]
    opened = collections.Counter(field["value"] for one in told if one["record"]["operation"] == "OpenCase"
                                 for field in one["fields"] if field["field"] == "case-record")
    assert opened == collections.Counter(cases), "one receipt for each case"
    count = lambda operation: sum(one["record"]["operation"] == operation for one in told)
    assert count("CreateAccessKey") == len(keys), "one receipt for each key, root's included"
    assert count("RevokeAccessKey") == sum("revoked" in one for one in listed)
    assert len(acknowledged["RevokeSessions"]) <= count("RevokeSessions") <= len(acknowledged["RevokeSessions"]) + WRITERS * ROUNDS
    assert len(cases) > len(acknowledged["OpenCase"]) or len(keys) - 1 > len(acknowledged["CreateAccessKey"]), \
        "no kill fell between a change and its answer"
    server.stop()
    code, words = ledger.ours(server.data)
    assert code == 0, words
