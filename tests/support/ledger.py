"""The ledger's own writer and the independent verifiers."""
import pathlib
import subprocess

from support import clients, visavis

TOOLS = clients.CLIENTS / "ledger"
WRITER = visavis.BINARY.parent / "ledger_writer"


def write(directory, writers, count):
    """Receipts into DIRECTORY/ledger, however long a journal a crash left; the acknowledged (index, id) pairs."""
    in_memory = 2 ** 62  # so that nothing is left to the next start
    done = subprocess.run([WRITER, directory, str(writers), str(count), str(in_memory)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return acknowledged(done.stdout)


def acknowledged(text):
    """Whole lines only: the last one may have been cut by a kill."""
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [(int(index), name) for index, name in (line.split() for line in lines)]


def vkey(directory):
    return (pathlib.Path(directory) / "log.vkey").read_text().strip()


def bundle(path):
    """The entries of one entry bundle."""
    content, entries = path.read_bytes(), []
    while content:
        length = int.from_bytes(content[:2], "big")
        entries.append(content[2:2 + length])
        content = content[2 + length:]
    return entries


def all_entries(log):
    """The text of every entry that the checkpoint covers, in order."""
    size = int((log / "checkpoint").read_text().splitlines()[1])
    out = []
    for path in sorted((log / "tile/entries").rglob("*")):
        if path.is_file() and ".p" not in str(path.relative_to(log)):
            out += bundle(path)
    width = size % 256
    if width:
        thousands, number = divmod(size // 256, 1000)
        folder = f"x{thousands:03}/" if thousands else ""
        out += bundle(log / f"tile/entries/{folder}{number:03}.p/{width}")
    return [entry.decode() for entry in out]


def ledgercheck(*arguments):
    """The verifier on golang.org/x/mod and torchwood; whether it found everything in order, and its words."""
    clients.need("ledger")
    done = subprocess.run([TOOLS / "ledgercheck", *map(str, arguments)], capture_output=True, text=True, timeout=300)
    return done.returncode == 0 and done.stdout.startswith("ok"), done.stdout + done.stderr


def fsck(directory):
    """tessera's fsck: its exit code is 0 on some corruption, so only its words count. A worker ends at the first damaged file
    that it meets, and the program hangs without workers: there are more of them than files that a test damages."""
    clients.need("ledger")
    key = pathlib.Path(directory) / "log.vkey"
    try:
        done = subprocess.run([TOOLS / "fsck", f"--storage_url=file://{pathlib.Path(directory).resolve()}/",
                               f"--public_key={key}", "--ui=false", "--N=16"], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False, "timeout"
    return "Successfully fsck'd" in done.stderr + done.stdout, done.stderr


def ours(directory, *arguments):
    """`visavis ledger verify`; its exit code and words."""
    done = visavis.run("ledger", "verify", directory, *arguments, errors="replace")
    return done.returncode, done.stdout + done.stderr
