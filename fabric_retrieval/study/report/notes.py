"""How a study's flags were found, in the words of its --notes: paragraphs and lists."""

import re

from fabric_retrieval.study.report.document import Heading, Items, Paragraph


def first_note(study):
    """Its first paragraph, for the head of the page; [] of a study without."""
    paragraphs = [block for block in _blocks(study) if isinstance(block, Paragraph)]
    return [paragraph._replace(kind="note") for paragraph in paragraphs[:1]]


def notes_blocks(study):
    """All of it below a heading of its own; [] of a study without."""
    blocks = _blocks(study)
    return [Heading("What was tried beforehand", anchor="beforehand"), *blocks] if blocks else []


def _blocks(study):
    """A paragraph becomes a `Paragraph`, lines that begin with "- " become `Items`."""
    blocks = []
    for part in (study.settings.get("notes") or "").split("\n\n"):
        items = re.split(r"^- ", part.strip(), flags=re.MULTILINE)
        first, *others = (" ".join(item.split()) for item in items)
        blocks += [Paragraph(first)] if first else []
        blocks += [Items(others)] if others else []
    return blocks
