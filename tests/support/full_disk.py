"""A disk that can be filled to the last byte."""


def fill(disk):
    """Fills it; remove the file that is given back to have room again."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as out:
        for block in (65536, 4096, 1):
            try:
                while True:
                    out.write(b"\0" * block)
            except OSError:
                pass
    return filler
