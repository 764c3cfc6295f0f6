"""Fixtures for every black-box test."""
import io
import os
import pathlib
import subprocess

import pytest

from support import visavis


def pytest_collection_modifyitems(items):
    if os.environ.get("VISAVIS_TEST_LONG") == "1":
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: make test-long runs it"))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that leave it as they found it."""
    with visavis.Server(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def start_server(tmp_path):
    """start_server("name", *arguments, **settings): servers of one test, each on its own data directory; the same name
    finds the same directory again. They are stopped at its end."""
    running = []

    def start(name="data", *arguments, **settings):
        running.append(visavis.Server(tmp_path / name, *arguments, **settings))
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def moved_clock(tmp_path):
    """A clock for start_server(environment=moved_clock.environment()) that the test moves."""
    from support.moved_clock import MovedClock

    clock = MovedClock(tmp_path)
    yield clock
    clock.stop()


@pytest.fixture
def mount_disk():
    """mount_disk(folder, size): the folder, made anew, is a file system of its own of that size."""
    mounted = []

    def mount(folder, size):
        folder.mkdir(mode=0o700, parents=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="session")
def shared_data() -> pathlib.Path:
    """The folder of labelled photographs beside the source tree."""
    if not visavis.SHARED.is_dir():
        pytest.skip(f"the photographs are not here: {visavis.SHARED.parent.name}/{visavis.SHARED.name} beside the source tree")
    return visavis.SHARED


@pytest.fixture(scope="session")
def portraits(shared_data):
    """Two different pictures of one member of Congress and one of another: (a, a2, b), each a path."""
    folder = shared_data / "congress"
    for second in sorted((folder / "other").rglob("*.jpg")):
        first = folder / "115th" / f"{second.stem.split('-')[0]}.jpg"
        if first.exists():
            other = next(path for path in sorted((folder / "115th").glob("*.jpg")) if path != first)
            return first, second, other
    pytest.skip("no member of Congress has two photographs here")


@pytest.fixture(scope="session")
def blank_picture():
    """JPEG bytes of a picture without a face."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((320, 240)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()
