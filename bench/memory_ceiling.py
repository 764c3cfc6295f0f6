#!/usr/bin/env python3
"""What a server's memory grows to under the worst pictures that it takes.

    ~/.cache/visavis/clients/python/bin/python bench/memory_ceiling.py ../shared/data/congress/115th/*.jpg

Fresh servers with two streams; MiB as the kernel counts them (VmRSS, VmHWM). A server is warm when every input shape of
the detector has been used by both streams, with all attributes. Then one kind of picture each, and at last all of them, four
at a time.
"""
import concurrent.futures
import io
import pathlib
import struct
import sys
import tempfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from botocore.exceptions import ClientError  # noqa: E402
from PIL import Image  # noqa: E402

from support import visavis  # noqa: E402

SHAPES = [(224, 224), (320, 320), (640, 384), (384, 640), (512, 512), (640, 480), (480, 640), (640, 640), (1600, 1200)]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def jpeg(picture, **how):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60, **how)
    return out.getvalue()


def png(picture):
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def interlaced_png(side):
    """Black, 8 bits of each colour."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    packer = zlib.compressobj(9)
    data = []
    for x, y, dx, dy in ADAM7:
        row = bytes(1 + 3 * -(-(side - x) // dx))
        data += [packer.compress(row) for _ in range(-(-(side - y) // dy))]
    data.append(packer.flush())
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(data)) + chunk(b"IEND", b"")


def memory(server, what):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(what))


def detect(client, image):
    try:
        client.detect_faces(Image={"Bytes": image}, Attributes=["ALL"])
        return "answered"
    except ClientError as error:
        return error.response["Error"]["Code"]


def main():
    portrait = Image.open(sys.argv[1]).convert("RGB")
    scaled = [jpeg(portrait.resize(shape)) for shape in SHAPES]
    large = {
        "interlaced PNG, 59 megapixels": interlaced_png(7_680),
        "progressive JPEG, 27 megapixels, colour": jpeg(portrait.resize((5_196, 5_196)), progressive=True, subsampling=0),
        "progressive JPEG, 81 megapixels, grey": jpeg(portrait.convert("L").resize((9_000, 9_000)), progressive=True),
        "baseline JPEG, 100 megapixels": jpeg(portrait.resize((10_000, 10_000)), subsampling=2),
        "PNG, 100 megapixels, grey": png(Image.new("L", (10_000, 10_000))),
    }
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, picture) in enumerate([*large.items(), ("all of them", None)]):
            with visavis.Server(pathlib.Path(folder) / str(number), "--threads", 2) as server:
                client = server.client(max_pool_connections=8)
                with concurrent.futures.ThreadPoolExecutor(4) as pool:
                    fresh = memory(server, "VmRSS")
                    list(pool.map(lambda image: detect(client, image), [image for image in scaled for _ in range(4)]))
                    warm = memory(server, "VmRSS")
                    pictures = [picture] if picture else [*large.values()] * 4
                    ended = list(pool.map(lambda image: detect(client, image), pictures))
                counts = ", ".join(f"{ended.count(end)} {end}" for end in sorted(set(ended)))
                print(f"{name:<42} ready {fresh}, warm {warm}, peak {memory(server, 'VmHWM')} MiB; {counts}", flush=True)


if __name__ == "__main__":
    main()
