"""A clock that tests move while a server runs: libfaketime under the server, the same shift in botocore's signatures."""
import datetime
import pathlib

import botocore.auth
import pytest

LIBRARIES = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
REAL_NOW = botocore.auth.get_current_datetime


class MovedClock:
    """environment() is for visavis.Server(environment=…); move() moves every server that has it, and our signatures."""

    def __init__(self, folder):
        if not LIBRARIES:
            pytest.skip("libfaketime is not installed (scripts/pins/debian.txt)")
        self.file = pathlib.Path(folder) / "clock"
        self.shift = datetime.timedelta()
        self.move()

    def move(self, **by):
        """By a timedelta's words: move(days=3), move(hours=-1). What the server sees from its next look on."""
        self.shift += datetime.timedelta(**by)
        written = self.file.with_suffix(".new")
        written.write_text(f"{self.shift.total_seconds():+.0f}\n")
        written.rename(self.file)
        botocore.auth.get_current_datetime = lambda *a, **k: REAL_NOW(*a, **k) + self.shift

    def environment(self):
        return {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def stop(self):
        botocore.auth.get_current_datetime = REAL_NOW
