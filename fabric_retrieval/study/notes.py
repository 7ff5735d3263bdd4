"""The file of --notes: how a study's flags were found, in words."""

from pathlib import Path

from fabric_retrieval.errors import UserError


def read_notes(path):
    """The text of a file of notes; None of None.

    Raises:
        UserError: there is no such file, it is no text, or an empty one.
    """
    if path is None:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--notes={path}: expected a text file of UTF-8 ({error}).") from error
    if not text:
        raise UserError(f"--notes={path}: the file is empty; write paragraphs, or leave the flag out.")
    return text
