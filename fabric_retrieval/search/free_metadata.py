"""Free metadata of photographs (price, supplier, composition, …), from CSV files."""

import csv
import io
import unicodedata
from pathlib import Path
from typing import NamedTuple

from fabric_retrieval.errors import UserError

RESERVED = ("root", "path", "file", "width", "height")  # what `adding` notes of an image
KEYS = ("image", "fabric")


class Row(NamedTuple):
    """A row of a CSV: what it says, empty cells left out, and where it stands, for messages."""

    values: dict[str, str]
    where: str


class FreeMetadata:
    """Metadata by the ids of images and by the names of fabrics.

    The rows of an image and of its fabric together are all that there is to say of it: they replace the free
    metadata that it had, so that an empty cell or a column that is no longer there takes a value away. Where
    both say something, the image's row counts. What no row names keeps what it has.
    """

    def __init__(self):
        self._rows = {key: {} for key in KEYS}

    def add(self, key, name, row):
        """Takes in a `Row` of an image ("image") or a fabric ("fabric"). Raises UserError: it has one."""
        rows, composed = self._rows[key], _composed(name)
        if composed in rows:
            raise UserError(f"{row.where}: the {key} {name!r} has a row already: {rows[composed].where}.")
        rows[composed] = row

    def applied(self, metadata, photograph):
        """A photograph's metadata, a dict as an `Item`'s, after its rows.

        Args:
            metadata: dict. photograph: with `image_id` and `fabric`, as of `fird.listing`.
        """
        rows = [self._rows["fabric"].get(_composed(photograph.fabric))]
        rows.append(self._rows["image"].get(_composed(photograph.image_id)))
        if rows == [None, None]:
            return metadata
        kept = {name: value for name, value in metadata.items() if name in RESERVED}
        return kept | {name: value for row in rows if row for name, value in row.values.items()}

    def unused(self, photographs):
        """("FILE, line N: …", …): the rows that name none of the photographs and no fabric of them."""
        known = {
            "image": {_composed(photograph.image_id) for photograph in photographs},
            "fabric": {_composed(photograph.fabric) for photograph in photographs},
        }
        return tuple(
            f"{row.where}: {key} {name!r}"
            for key, rows in self._rows.items()
            for name, row in rows.items()
            if name not in known[key]
        )


def read_csv(*paths):
    """`FreeMetadata` of CSV files: UTF-8, with commas or semicolons; the first line names the columns.

    One column is `image` (ids as fabric/file) or `fabric` (its row is for all of its photographs); the others
    are free, their values strings.

    Raises:
        UserError: a file that cannot be read, is no UTF-8 or no such table, a column of a reserved name, an
            image or a fabric with two rows; names the file and the line.
    """
    found = FreeMetadata()
    for path in paths:
        records = _records(path)
        header_line, header = next(records, (1, []))
        key = _key(header, f"{path}, line {header_line}")
        for line, record in records:
            where = f"{path}, line {line}"
            if len(record) != len(header):
                raise UserError(
                    f"{where}: {len(record)} values, and there are {len(header)} columns: quote values "
                    "that contain commas."
                )
            cells = dict(zip(header, record, strict=True))
            name = cells.pop(key)
            if not name:
                raise UserError(f"{where}: the column {key} is empty; expected is which {key} the row is of.")
            found.add(key, name, Row({name: value for name, value in cells.items() if value}, where))
    return found


def _records(path):
    """(line, [cell, …]) of the records of a CSV that are not empty."""
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UserError(f"{path}, line {line}: not UTF-8 text; save it as CSV UTF-8.") from error
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","  # as where a comma is the decimal point
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(f"{path}, line {line}: no CSV ({error}).") from error


def _key(header, where):
    """The column that says what a row is of, of a header that is checked."""
    keys = [name for name in header if name in KEYS]
    if len(keys) != 1:
        found = ", ".join(map(repr, header)) or "nothing"
        raise UserError(
            f"{where}: expected are the names of the columns, separated by commas or semicolons, one of them "
            f"either image or fabric; found is {found}."
        )
    for number, name in enumerate(header):
        if not name:
            raise UserError(f"{where}: column {number + 1} has no name.")
        if name in header[:number]:
            raise UserError(f"{where}: the column {name!r} is there twice.")
        if name in RESERVED:
            raise UserError(
                f"{where}: the index keeps its own under the name {name!r}; call the column otherwise. Taken "
                f"are {', '.join(RESERVED)}."
            )
    if len(header) == 1:
        raise UserError(f"{where}: there is no column beside {keys[0]}, so nothing is said of any {keys[0]}.")
    return keys[0]


def _composed(name):
    """A name as it looks: systems differ in how they write an ö."""
    return unicodedata.normalize("NFC", name)
