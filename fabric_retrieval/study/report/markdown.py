"""A page as Markdown with its pictures beside it."""

from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph, Picture, Table


def page(title, blocks):
    """The Markdown text of a page."""
    return f"# {title}\n\n" + "\n\n".join(_WRITERS[type(block)](block) for block in blocks) + "\n"


def table(block):
    """A `Table` as Markdown."""
    align = ["---" if number < block.words else "---:" for number in range(len(block.head))]
    lines = [block.head, align, *block.rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    below = [block.note, f"[{block.file}]({block.file})" if block.file else ""]
    return "\n\n".join([text, *filter(None, below)])


def _picture(block):
    link = f" ([{block.csv}]({block.csv}))" if block.csv else ""
    return f"![{block.alt}]({block.file})\n\n{_text(block.title)}{link}"


def _text(text):
    return text.replace(" * ", " \\* ").replace("*:", "\\*:").replace("*,", "\\*,")


_WRITERS = {
    Heading: lambda block: f"{'#' * block.level} {block.text}",
    Paragraph: lambda block: f"> {_text(block.text)}" if block.kind else _text(block.text),
    Items: lambda block: "\n".join(f"- {_text(text)}" for text in block.texts),
    Table: table,
    Picture: _picture,
    Code: lambda block: f"```sh\n{block.text}\n```",
}
