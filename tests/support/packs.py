"""Variants of the default model pack."""
import hashlib
import json
import re
import shutil

from support import visavis


def copy_of_pack(folder, version=None, normalisation=None):
    """A folder for --models whose default pack says another version, or clamps μ of score normalisation elsewhere."""
    pack = folder / "default"
    shutil.copytree(visavis.ROOT / "models" / "default", pack)
    if version:
        say(pack, "version", version)
        change(pack / "calibration.json", lambda curve: curve.update(pack_version=version))
    if normalisation:
        change(pack / "normalisation.json", lambda document: document["mu"].update(normalisation))
        changed = say_hash(pack, "normalisation")
        change(pack / "calibration.json", lambda curve: curve.update(normalisation=changed))
    say_hash(pack, "calibration")
    return folder


def say(pack, key, value):
    """Writes another value for a key that the manifest has."""
    manifest = pack / "pack.toml"
    text, count = re.subn(rf'(?m)^{key} = "[^"]*"', f'{key} = "{value}"', manifest.read_text())
    assert count == 1
    manifest.write_text(text)


def say_hash(pack, what):
    """Lets the manifest name the `calibration` or `normalisation` that lies there now."""
    digest = hashlib.sha256((pack / f"{what}.json").read_bytes()).hexdigest()
    say(pack, f"{what}_sha256", digest)
    return digest


def change(path, how):
    document = json.loads(path.read_text())
    how(document)
    path.write_text(json.dumps(document))
