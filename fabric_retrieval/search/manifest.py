"""The one file that says which others make up an index; whoever replaces it replaces the index."""

import datetime
import hashlib
import json
import os
from pathlib import Path

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError
from fabric_retrieval.search.files import damaged, sync_folder

MANIFEST = "manifest.json"
FORMAT = 1


def write_manifest(folder, content):
    """Replaces the manifest of a folder; what it names must be on the disk before.

    Args:
        content: dict of JSON values; "format" and "sha256", of all the rest, are added.
    """
    content = {"format": FORMAT, **content}
    content["sha256"] = _checksum(content)
    with replacing(Path(folder) / MANIFEST) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return content


def read_manifest(folder):
    """The manifest of a folder.

    Raises:
        UserError: there is none, it is damaged, or a later version of this package wrote it.
    """
    path = Path(folder) / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"There is no index in {folder}: it holds no {MANIFEST}. fabric-index create makes one."
        ) from error
    except ValueError as error:
        raise damaged(path, f"it is no JSON ({error})") from error
    if not isinstance(content, dict) or content.get("sha256") != _checksum(content):
        raise damaged(path, "its content is not that of its own checksum")
    if content["format"] != FORMAT:
        raise UserError(
            f"{path} is of format {content['format']}, and this version of fabric_retrieval knows {FORMAT}: "
            "use the version that wrote it, or a later one."
        )
    return content


def entries(content):
    """What a manifest says of every file that it names."""
    for segment in content["segments"]:
        yield from (segment[name] for name in ("vectors", "items", "lookup"))
    yield from (content[name] for name in ("live", "engine_file") if content[name])


def now():
    """The time as it is written in manifests: ISO 8601, UTC, whole seconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _checksum(content):
    rest = {name: value for name, value in content.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
