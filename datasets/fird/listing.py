"""Which photographs there are: a folder a fabric, or the rows of a CSV."""

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

from fabric_retrieval.errors import UserError

SPLITS = ("train", "query", "gallery", "test", "")
COLUMNS = ("path", "fabric", "split", "group")
# What cameras and systems leave beside photographs; names that begin with a dot are ignored too.
LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin"}


class MissingPhotographsError(UserError, FileNotFoundError):
    """The folder or the CSV does not exist."""


@dataclass(frozen=True)
class Photograph:
    """One file. `split` is as the CSV gives it, "" where it leaves the choice to us; `group` "" for none."""

    image_id: str
    path: Path
    fabric: str
    split: str = ""
    group: str = ""


@dataclass(frozen=True)
class Listing:
    """Photographs sorted by image id, and what is wrong already: [(name, reason), …]."""

    photographs: list
    bad: list


def list_folder(root):
    """Lists <root>/<fabric>/**: sub-folders of a fabric's folder belong to that fabric.

    Raises:
      FileNotFoundError: `root` is no folder.
    """
    root = _existing_folder(root)
    photographs, bad = [], []
    for path in _files(root, root, bad):
        name = path.relative_to(root)
        if len(name.parts) == 1:
            bad.append((name.as_posix(), "lies in no fabric's folder"))
        else:
            photographs.append(Photograph(name.as_posix(), path, name.parts[0]))
    found = {photograph.fabric for photograph in photographs}
    empty = [child.name for child in root.iterdir() if _is_fabric(child) and child.name not in found]
    bad += [(f"{name}/", "holds no photographs") for name in empty if f"{name}/" not in dict(bad)]
    return Listing(sorted(photographs, key=lambda p: p.image_id), sorted(bad))


def list_csv(csv_path, root=None):
    """Lists the rows of a CSV with the columns path,fabric[,split][,group], in any order.

    Paths are relative to `root`, by default the CSV's folder; they are the image ids.

    Raises:
      FileNotFoundError: the CSV or `root` does not exist.
      ValueError: the CSV is no UTF-8 text, or its header or a row is wrong; names line and column.
    """
    csv_path = Path(csv_path).expanduser()
    root = _existing_folder(root) if root else csv_path.parent
    photographs, bad, lines = [], [], {}
    for line, row in _rows(csv_path):
        image_id = Path(row["path"].replace("\\", "/")).as_posix()
        if image_id in lines:
            bad.append((image_id, f"line {line} of {csv_path.name} repeats line {lines[image_id]}"))
            continue
        lines[image_id] = line
        photographs.append(Photograph(image_id, root / image_id, row["fabric"], row["split"], row["group"]))
    return Listing(sorted(photographs, key=lambda p: p.image_id), bad)


def _existing_folder(root):
    root = Path(root).expanduser()
    if not root.is_dir():
        raise MissingPhotographsError(
            f"photos_dir={root}: {'not a folder' if root.exists() else 'no such folder'}."
        )
    return root


def _files(folder, root, bad, above=()):
    """Files below a folder, symbolic links followed but never round in a circle."""
    identity = os.path.realpath(folder)
    if identity in above:
        return
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        bad.append((folder.relative_to(root).as_posix() + "/", f"folder cannot be read ({error.strerror})"))
        return
    for child in children:
        if _is_litter(child):
            continue
        if child.is_dir():
            yield from _files(child, root, bad, (*above, identity))
        else:
            yield child


def _is_litter(path):
    return path.name.startswith(".") or path.name.lower() in LITTER


def _is_fabric(path):
    return path.is_dir() and not _is_litter(path)


def _rows(csv_path):
    """(line number, row) of a CSV, checked."""
    if not csv_path.is_file():
        raise MissingPhotographsError(f"photos_csv={csv_path}: no such file.")
    try:
        text = csv_path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{csv_path}: not UTF-8 text (byte {error.start}); save it as CSV UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    if missing := [name for name in COLUMNS[:2] if name not in header]:
        raise UserError(
            f"{csv_path}, line 1: no column {' and '.join(missing)}; found {','.join(header) or 'nothing'}."
        )
    if unknown := [name for name in header if name not in COLUMNS]:
        raise UserError(
            f"{csv_path}, line 1: unknown column {unknown[0]!r}; columns are {','.join(COLUMNS)}."
        )
    if len(set(header)) != len(header):
        raise UserError(f"{csv_path}, line 1: a column occurs twice: {','.join(header)}.")
    reader.fieldnames = header
    try:
        for row in reader:
            yield reader.line_num, _checked(row, csv_path, reader.line_num)
    except csv.Error as error:
        raise UserError(f"{csv_path}, line {reader.line_num}: {error}.") from error


def _checked(row, csv_path, line):
    if None in row:
        raise UserError(
            f"{csv_path}, line {line}: more values than columns; quote values that contain commas."
        )
    row = {name: (row.get(name) or "").strip() for name in COLUMNS}
    for name in COLUMNS[:2]:
        if not row[name]:
            raise UserError(f"{csv_path}, line {line}, column {name}: empty.")
    row["split"] = row["split"].lower()
    if row["split"] not in SPLITS:
        raise UserError(
            f"{csv_path}, line {line}, column split: {row['split']!r}; expected "
            "train, query, gallery, test or nothing."
        )
    return row
