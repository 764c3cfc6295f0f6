"""kill -9 of eight writers: nothing acknowledged is lost, nothing half-written is seen, each change has its receipt."""
import collections
import concurrent.futures
import json
import random
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from support import ledger
from support.calls import all_faces
from support.routes import opened_receipts

WRITERS = 8


def kill_round(start_server, faces, kept, deleted, ever, rounds):
    """Eight clients index and delete until the server is killed at a random moment."""
    server = start_server("data")
    made, gone, unsure = [], [], set()
    stop, dying = threading.Event(), threading.Event()

    def work(number):
        client = server.client()
        serial = 0
        mine = []
        while not stop.is_set():
            serial += 1
            external = f"{rounds}-{number}-{serial}"
            try:
                if mine and serial % 4 == 0:
                    victim = mine.pop(0)
                    unsure.add(victim)
                    if client.delete_faces(CollectionId="c", FaceIds=[victim])["DeletedFaces"] == [victim]:
                        gone.append(victim)
                else:
                    answer = client.index_faces(CollectionId="c", Image={"Bytes": faces[number]}, ExternalImageId=external, MaxFaces=1)
                    face = answer["FaceRecords"][0]["Face"]["FaceId"]
                    made.append((face, external))
                    mine.append(face)
            except (BotoCoreError, ClientError):
                if dying.is_set():
                    return
                raise

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        jobs = [pool.submit(work, i) for i in range(WRITERS)]
        # After so many answers, however fast the machine is, and then at any moment of the next ones.
        wanted, end = random.randint(1, 80), time.monotonic() + 60
        while len(made) + len(gone) < wanted and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.1))
        dying.set()
        server.kill()
        stop.set()
        for job in jobs:
            job.result()

    again = start_server("data")
    client = again.client()
    present = all_faces(client, "c")
    ever.update(present, (face for face, _ in made))  # whoever was made unacknowledged is still there: nobody knew the FaceId
    for face, external in made:
        kept[face] = external
    for face in gone:
        kept.pop(face, None)
        deleted.add(face)
    lost = [face for face in kept if face not in present and face not in unsure]
    assert not lost, f"{len(lost)} acknowledged faces are gone"
    assert not deleted & present.keys(), "an acknowledged deletion came back"
    for face in unsure:
        if face not in present:
            kept.pop(face, None)
    for face, external in kept.items():
        assert present[face]["ExternalImageId"] == external
    # Whatever is there is whole: counted, and found by the index.
    assert client.describe_collection(CollectionId="c")["FaceCount"] == len(present)
    for image in faces[:2]:
        found = client.search_faces_by_image(CollectionId="c", Image={"Bytes": image}, FaceMatchThreshold=0)["FaceMatches"]
        assert {match["Face"]["FaceId"] for match in found} == set(present) or len(present) > 4096
    again.stop()
    print(f"round {rounds}: {len(made)} acknowledged, {len(gone)} deleted, {len(present)} there")
    return len(made)


def each_change_has_its_receipt(server, ever):
    """One answered receipt for each face that was ever made and for each that is gone, acknowledged or not; no others."""
    gone = ever - all_faces(server.client(), "c").keys()
    told = [one for one in opened_receipts(server) if one["record"]["outcome"] == "answered"]
    server.stop()
    code, words = ledger.ours(server.data)
    assert code == 0, words
    logged = collections.Counter((entry["operation"], entry["outcome"])
                                 for entry in map(json.loads, ledger.all_entries(server.data / "ledger")))
    for operation, changed in (("IndexFaces", ever), ("DeleteFaces", gone)):
        assert logged[operation, "answered"] == len(changed), operation
        named = collections.Counter(json.loads(subject["value"])["id"] for one in told if one["record"]["operation"] == operation
                                    for subject in one["subjects"])
        assert named == collections.Counter(changed), operation


def rounds_of_kills(start_server, faces, count):
    first = start_server("data")
    first.client().create_collection(CollectionId="c")
    first.stop()
    kept, deleted, ever = {}, set(), set()
    acknowledged = sum(kill_round(start_server, faces, kept, deleted, ever, i) for i in range(count))
    assert acknowledged > count, "the writers hardly wrote"
    print(f"{len(ever)} made, {len(ever) - acknowledged} of them unacknowledged, {len(deleted)} acknowledged deletions")
    each_change_has_its_receipt(start_server("data"), ever)


def test_kill_9_of_eight_writers(start_server, faces):
    rounds_of_kills(start_server, faces, 10)


@pytest.mark.long
def test_kill_9_of_eight_writers_a_hundred_times(start_server, faces):
    rounds_of_kills(start_server, faces, 100)


class Belongings:
    """One writer's users (each with the status and faces it must have) and tags, as far as answers told."""

    def __init__(self, number, faces):
        self.number, self.faces = number, faces
        self.users, self.tags, self.pending = {}, {}, None

    def next_change(self, serial):
        """(operation, what it asks, what is there afterwards) of a change that is one."""
        users, tags = {name: set(held) for name, held in self.users.items()}, dict(self.tags)
        free = set(self.faces).difference(*users.values())
        held = [name for name in users if users[name]]
        choices = ["CreateUser", "TagResource"]
        choices += ["DeleteUser"] * (len(users) > 2) + ["AssociateFaces"] * 3 * bool(users and free)
        choices += ["DisassociateFaces"] * 2 * bool(held) + ["UntagResource"] * bool(tags)
        operation = random.choice(choices)
        if operation == "CreateUser":
            name = f"{self.number}-{serial}"
            users[name] = set()
            request = {"UserId": name}
        elif operation == "DeleteUser":
            name = random.choice(list(users))
            del users[name]
            request = {"UserId": name}
        elif operation == "AssociateFaces":
            name, taken = random.choice(list(users)), random.sample(sorted(free), random.randint(1, len(free)))
            users[name] |= set(taken)
            request = {"UserId": name, "FaceIds": taken, "UserMatchThreshold": 0}
        elif operation == "DisassociateFaces":
            name = random.choice(held)
            taken = random.sample(sorted(users[name]), random.randint(1, len(users[name])))
            users[name] -= set(taken)
            request = {"UserId": name, "FaceIds": taken}
        elif operation == "TagResource":
            tags[f"{self.number}-{serial % 3}"] = str(serial)
            request = {"Tags": {f"{self.number}-{serial % 3}": str(serial)}}
        else:
            name = random.choice(list(tags))
            del tags[name]
            request = {"TagKeys": [name]}
        return operation, request, (users, tags)

    def matches(self, users, tags):
        mine = {name: held for name, held in users.items() if name.startswith(f"{self.number}-")}
        return mine == self.users and {key: value for key, value in tags.items() if key.startswith(f"{self.number}-")} == self.tags


def there_now(client, arn):
    """({user: FaceIds}, tags); a user is ACTIVE where it has faces, and only there."""
    pages = client.get_paginator("list_users").paginate(CollectionId="c")
    status = {user["UserId"]: user["UserStatus"] for page in pages for user in page["Users"]}
    users = {name: {face["FaceId"] for face in client.list_faces(CollectionId="c", UserId=name)["Faces"]} for name in status}
    assert {name: "ACTIVE" if held else "CREATED" for name, held in users.items()} == status
    return users, client.list_tags_for_resource(ResourceArn=arn)["Tags"]


def change_until_killed(server, arn, belongings, done):
    """Eight clients change users and tags, each its own, until the server is killed at a random moment."""
    stop, dying = threading.Event(), threading.Event()
    call = {"CreateUser": "create_user", "DeleteUser": "delete_user", "AssociateFaces": "associate_faces",
            "DisassociateFaces": "disassociate_faces", "TagResource": "tag_resource", "UntagResource": "untag_resource"}

    def work(mine):
        client = server.client()
        while not stop.is_set():
            operation, request, after = mine.next_change(random.randrange(1 << 30))
            place = {"ResourceArn": arn} if operation.endswith("Resource") else {"CollectionId": "c"}
            mine.pending = operation, after
            try:
                answer = getattr(client, call[operation])(**place, **request)
            except (BotoCoreError, ClientError):
                if dying.is_set():
                    return
                raise
            assert not answer.get("UnsuccessfulFaceAssociations") and not answer.get("UnsuccessfulFaceDisassociations")
            mine.users, mine.tags = after
            mine.pending = None
            done[operation] += 1

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        jobs = [pool.submit(work, mine) for mine in belongings]
        wanted, end = sum(done.values()) + random.randint(1, 150), time.monotonic() + 60
        while sum(done.values()) < wanted and time.monotonic() < end:
            time.sleep(0.002)
        dying.set()
        server.kill()
        stop.set()
        for job in jobs:
            job.result()


def rounds_of_kills_of_users(start_server, faces, count):
    server = start_server("data")
    client = server.client()
    arn = client.create_collection(CollectionId="c")["CollectionArn"]
    belongings = []
    for number in range(WRITERS):
        made = [client.index_faces(CollectionId="c", Image={"Bytes": image}, ExternalImageId=f"{number}-{i}", MaxFaces=1)
                ["FaceRecords"][0]["Face"]["FaceId"] for i, image in enumerate(faces[:4])]
        belongings.append(Belongings(number, made))
    done, unacknowledged = collections.Counter(), 0
    for _ in range(count):
        change_until_killed(server, arn, belongings, done)
        server = start_server("data")
        client = server.client()
        users, tags = there_now(client, arn)
        for mine in belongings:
            if mine.pending and not mine.matches(users, tags):  # the change that nobody was told of
                operation, (mine.users, mine.tags) = mine.pending
                done[operation] += 1
                unacknowledged += 1
            mine.pending = None
            assert mine.matches(users, tags), f"{mine.number}: {mine.users} {mine.tags}, there is {users} {tags}"
        found = client.search_users_by_image(CollectionId="c", Image={"Bytes": faces[0]}, UserMatchThreshold=0, MaxUsers=500)
        assert {match["User"]["UserId"] for match in found["UserMatches"]} == {name for name, held in users.items() if held}
        described = client.describe_collection(CollectionId="c")
        assert (described["UserCount"], described["FaceCount"]) == (len(users), 4 * WRITERS)
    print(f"{sum(done.values())} changes, {unacknowledged} of them unacknowledged: {dict(done)}")
    server.stop()
    assert ledger.ours(server.data)[0] == 0
    logged = collections.Counter(entry["operation"] for entry in map(json.loads, ledger.all_entries(server.data / "ledger"))
                                 if entry["outcome"] == "answered")
    assert {operation: logged[operation] for operation in done} == done, "each change has one receipt"


def test_kill_9_of_eight_writers_of_users_and_tags(start_server, faces):
    rounds_of_kills_of_users(start_server, faces, 10)


@pytest.mark.long
def test_kill_9_of_eight_writers_of_users_and_tags_a_hundred_times(start_server, faces):
    rounds_of_kills_of_users(start_server, faces, 100)
