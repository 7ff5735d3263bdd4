"""What a page is made of; `html` and `markdown` write the same list of these."""

from typing import NamedTuple


class Heading(NamedTuple):
    """`anchor`: where the contents lead to; "" keeps it out of them."""

    text: str
    level: int = 2
    anchor: str = ""


class Paragraph(NamedTuple):
    """Text with `code` in backticks; `kind`: "", "note" or "missing"."""

    text: str
    kind: str = ""


class Items(NamedTuple):
    """A list of texts."""

    texts: list


class Table(NamedTuple):
    """`rows`: lists of str as long as `head`; the first `words` columns are text, the others numbers.

    `file`: CSV with the same and more, "" without. `note`: a sentence below it.
    """

    head: list
    rows: list
    words: int = 1
    file: str = ""
    note: str = ""


class Picture(NamedTuple):
    """A figure: `file` and `csv` beside the page, `data` and `kind` (MIME) for embedding, `alt` its content.

    `numbers`: `Table` of what is drawn, or None.
    """

    title: str
    file: str
    csv: str
    alt: str
    data: bytes
    kind: str
    numbers: Table | None = None


class Code(NamedTuple):
    """Commands, as typed."""

    text: str
