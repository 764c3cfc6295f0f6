"""Reads the template cache (src/audit/template_cache.h) and the labelled photographs of ../shared/data.

A data set here is a list of pictures with a template, a person and a group; people are split once, by a hash of
their name, into a half that chooses (hyper-parameters) and a half that reports; fitted() says who is fitted.
"""
import csv
import hashlib
import pathlib
import struct
from dataclasses import dataclass, field

import numpy as np

FACE = 20  # floats of a face::Face: box 4, confidence, landmarks 10, pose 3, quality 2


@dataclass
class Record:
    width: int
    height: int
    faces: np.ndarray      # (n, 20), largest first
    templates: np.ndarray  # (n, d)


def read_cache(path):
    """{sha256 of the picture: Record}"""
    data = pathlib.Path(path).read_bytes()
    if data[:8] != b"VVTC1\n\0\0":
        raise SystemExit(f"`{path}` is not a template cache")
    records, at = {}, 40
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        if at + 12 + length > len(data):
            break
        body = data[at + 12:at + 12 + length]
        at += 12 + length
        key = body[:32]
        width, height, words = struct.unpack_from("<iiI", body, 32)
        place = 44 + words
        (count,) = struct.unpack_from("<I", body, place)
        place += 4
        faces, templates = [], []
        for _ in range(count):
            faces.append(np.frombuffer(body, "<f4", FACE, place))
            (dimension,) = struct.unpack_from("<I", body, place + 4 * FACE)
            templates.append(np.frombuffer(body, "<f4", dimension, place + 4 * FACE + 4))
            place += 4 * FACE + 4 + 4 * dimension
        records[key] = Record(width, height, np.array(faces), np.array(templates))
    return records


@dataclass
class Pictures:
    """Pictures with a template; parallel lists."""
    files: list = field(default_factory=list)
    people: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    templates: list = field(default_factory=list)
    faces: list = field(default_factory=list)
    missing: int = 0  # no face found

    def subset(self, keep):
        keep = np.flatnonzero(keep)
        return Pictures([self.files[i] for i in keep], [self.people[i] for i in keep],
                        [self.groups[i] for i in keep], self.templates[keep], self.faces[keep])


def central(record):
    """Index of the face whose centre is nearest to the picture's: LFW's pictures are centred on their subject, and
    bystanders are sometimes larger."""
    x = record.faces[:, 0] + record.faces[:, 2] / 2 - 0.5
    y = record.faces[:, 1] + record.faces[:, 3] / 2 - 0.5
    return int(np.argmin(x * x + y * y))


class Library:
    def __init__(self, cache, data):
        self.records = read_cache(cache)
        self.data = pathlib.Path(data)

    def load(self, rows, choose=lambda record: 0):
        """rows: (file, person, group); the largest face unless `choose` says otherwise."""
        out = Pictures()
        for file, person, group in rows:
            record = self.records.get(hashlib.sha256((self.data / file).read_bytes()).digest())
            if record is None or len(record.faces) == 0:
                out.missing += 1
                continue
            k = choose(record)
            out.files.append(file)
            out.people.append(person)
            out.groups.append(group)
            out.templates.append(record.templates[k])
            out.faces.append(record.faces[k])
        out.templates = np.array(out.templates, np.float32)
        out.faces = np.array(out.faces, np.float32)
        return out

    def rows(self, name):
        return list(csv.DictReader(open(self.data / name, newline="")))

    def congress(self):
        people = {row["bioguide"]: row for row in self.rows("congress/people.csv")}
        rows = []
        self.photo_group = {}
        for row in self.rows("congress/photos.csv"):
            person = people.get(row["bioguide"])
            if person is None or not (self.data / row["file"]).exists():
                continue
            self.photo_group[row["file"]] = row["photo_group"]
            rows.append((row["file"], "congress/" + row["bioguide"], person["ethnicity"] + "/" + person["gender"]))
        return self.load(rows)

    def legislators(self):
        return self.load([(row["file"], row["file"], row["country"]) for row in self.rows("legislators/people.csv")])

    def fairface(self):
        self.age = {row["file"]: row["age"] for row in self.rows("fairface/labels.csv")}
        return self.load([(row["file"], row["file"], row["race"] + "/" + row["gender"])
                          for row in self.rows("fairface/labels.csv")])

    def lfw(self):
        people = {row["name"]: row for row in self.rows("lfw/people.csv")}
        files = sorted((self.data / "lfw/images").rglob("*.jpg"))
        return self.load([(str(f.relative_to(self.data)), "lfw/" + f.parent.name,
                           people.get(f.parent.name, {}).get("gender", "")) for f in files], central)

    def mugshots(self):
        return self.load([(row["file"], "meds/" + row["subject"], row["race"] + "/" + row["sex"])
                          for row in self.rows("mugshots/labels.csv")])


def reports(person):
    """Whether a person belongs to the half that reports."""
    return hashlib.sha256(("visavis split 1 " + person).encode()).digest()[0] % 2 == 1


def fold(person, count):
    """The fold of a person in a cross-fit of `count` folds; says nothing about reports()."""
    return hashlib.sha256(("visavis split 1 " + person).encode()).digest()[1] % count


def fitted(person):
    """Whether the shipped normalisation may be fitted on a person: the half that does not report, and of FairFace,
    which no curve is measured on, half of the reporting half as well."""
    if not person.startswith("fairface/"):
        return not reports(person)
    return hashlib.sha256(("visavis split 1 " + person).encode()).digest()[0] % 4 != 3
