"""The ledger's own writer and the independent verifiers."""
import pathlib
import subprocess

from support import clients, visavis

TOOLS = clients.CLIENTS / "ledger"
WRITER = visavis.BINARY.parent / "ledger_writer"


def write(directory, writers, count):
    """Receipts into DIRECTORY/ledger; the acknowledged (index, id) pairs."""
    done = subprocess.run([WRITER, directory, str(writers), str(count)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return acknowledged(done.stdout)


def acknowledged(text):
    """Whole lines only: the last one may have been cut by a kill."""
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [(int(index), name) for index, name in (line.split() for line in lines)]


def vkey(directory):
    return (pathlib.Path(directory) / "log.vkey").read_text().strip()


def ledgercheck(*arguments):
    """The verifier on golang.org/x/mod and torchwood; whether it found everything in order, and its words."""
    clients.need("ledger")
    done = subprocess.run([TOOLS / "ledgercheck", *map(str, arguments)], capture_output=True, text=True, timeout=300)
    return done.returncode == 0 and done.stdout.startswith("ok"), done.stdout + done.stderr


def fsck(directory):
    """tessera's fsck: its exit code is 0 on some corruption and it hangs on other, so only its words count."""
    clients.need("ledger")
    key = pathlib.Path(directory) / "log.vkey"
    try:
        done = subprocess.run([TOOLS / "fsck", f"--storage_url=file://{pathlib.Path(directory).resolve()}/",
                               f"--public_key={key}", "--ui=false"], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False, "timeout"
    return "Successfully fsck'd" in done.stderr + done.stdout, done.stderr


def ours(directory, *arguments):
    """`visavis ledger verify`; its exit code and words."""
    done = visavis.run("ledger", "verify", directory, *arguments)
    return done.returncode, done.stdout + done.stderr
