"""Variants of the default model pack."""
import json
import re
import shutil

from support import visavis


def copy_of_pack(folder, version=None, normalisation=None):
    """A folder for --models whose default pack says another version, or clamps μ of score normalisation elsewhere."""
    pack = folder / "default"
    shutil.copytree(visavis.ROOT / "models" / "default", pack)
    if version:
        manifest = pack / "pack.toml"
        text, count = re.subn(r'(?m)^version = "[^"]*"', f'version = "{version}"', manifest.read_text())
        assert count == 1
        manifest.write_text(text)
    if normalisation:
        path = pack / "normalisation.json"
        document = json.loads(path.read_text())
        document["mu"].update(normalisation)
        path.write_text(json.dumps(document))
    return folder
