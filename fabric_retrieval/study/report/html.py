"""A page as one HTML file that needs nothing beside it."""

import base64
import re
from html import escape

from fabric_retrieval.study.report import verdicts
from fabric_retrieval.study.report.document import Code, Heading, Items, Paragraph, Picture, Table

STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem;
  margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.3rem; margin-top: 2.5rem; }
h3 { font-size: 1.05rem; margin-top: 1.8rem; }
a { color: #00568a; }
nav { font-size: .95rem; } nav a { margin-right: 1rem; white-space: nowrap; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid #d5d5d5; vertical-align: top; text-align: left; }
th { border-bottom: 2px solid #555; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; }
.yes, .no, .open { font-weight: 600; }
.yes { color: #00664a; } .no { color: #a33f00; } .open { color: #555; }
.note, .missing { border-left: .3rem solid #0072b2; padding: .2rem 0 .2rem .8rem; }
.missing { border-color: #d55e00; }
figure { margin: 1.5rem 0; break-inside: avoid; }
figure img { max-width: 100%; height: auto; display: block; }
.chart { width: 42rem; } .scroll .wide { min-width: 44rem; }
.numbers th:first-child, .numbers td:first-child { position: sticky; left: 0; background: #fff; }
figcaption { font-size: .9rem; color: #333; }
details { font-size: .9rem; }
pre { background: #f3f3f3; padding: .8rem; overflow-x: auto; font-size: .85rem; }
code { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .words thead { display: none; }
  .words tr { display: block; border-bottom: 2px solid #999; padding: .4rem 0; }
  .words td { display: block; border: 0; padding: .15rem 0; }
  .words td:empty { display: none; }
  .words td[data-head]:not([data-head=""])::before { content: attr(data-head) ": "; color: #555; } }
@media print { nav, details { display: none; } body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; } table { font-size: 7.5pt; } th, td { padding: .15rem .3rem; }
  tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .chart { width: 13cm; } .scroll .wide { min-width: 0; } }
"""
MARKS = {
    verdicts.HOLDS: ("yes", "✓"),
    verdicts.FAILS: ("no", "✗"),
    verdicts.OPEN: ("open", "?"),
    verdicts.UNMEASURED: ("open", "-"),
}


def page(title, blocks):
    """The HTML text of a page."""
    contents = [block for block in blocks if isinstance(block, Heading) and block.anchor]
    links = "".join(f'<a href="#{block.anchor}">{escape(block.text)}</a> ' for block in contents)
    body = "\n".join(_WRITERS[type(block)](block) for block in blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n<nav>{links}</nav>\n{body}\n</body>\n</html>\n"
    )


def inline(text):
    """Escaped text, `…` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _heading(block):
    anchor = f' id="{block.anchor}"' if block.anchor else ""
    return f"<h{block.level}{anchor}>{inline(block.text)}</h{block.level}>"


def _paragraph(block):
    kind = f' class="{block.kind}"' if block.kind else ""
    return f"<p{kind}>{inline(block.text)}</p>"


def _items(block):
    return "<ul>\n" + "\n".join(f"<li>{inline(text)}</li>" for text in block.texts) + "\n</ul>"


def _table(block):
    head = "".join(
        f'<th scope="col"{_align(block, number)}>{inline(cell)}</th>'
        for number, cell in enumerate(block.head)
    )
    rows = "\n".join(
        "<tr>" + "".join(_cell(block, number, cell) for number, cell in enumerate(row)) + "</tr>"
        for row in block.rows
    )
    below = f"<p>{inline(block.note)}</p>" if block.note else ""
    below += f'<p><a href="{escape(block.file)}">{escape(block.file)}</a></p>' if block.file else ""
    kind = "words" if _all_words(block) else "numbers"
    table = f'<table class="{kind}">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>'
    return f'<div class="scroll">{table}</div>{below}'


def _cell(block, number, cell):
    # On a phone the cells of a table of words stand below each other, each after its column's name.
    name = f' data-head="{escape(block.head[number])}"' if _all_words(block) else ""
    if cell in MARKS:
        kind, mark = MARKS[cell]
        return f'<td{name}><span class="{kind}">{mark} {cell}</span></td>'
    return f"<td{name}{_align(block, number)}>{inline(cell)}</td>"


def _all_words(block):
    return block.words == len(block.head)


def _align(block, number):
    return "" if number < block.words else ' class="number"'


def _picture(block):
    source = f"data:{block.kind};base64,{base64.b64encode(block.data).decode()}"
    kind = "chart" if block.numbers else "wide"
    numbers = f"<details><summary>Numbers</summary>{_table(block.numbers)}</details>" if block.numbers else ""
    link = f' <a href="{escape(block.csv)}">{escape(block.csv)}</a>' if block.csv else ""
    return (
        f'<figure><div class="scroll"><img class="{kind}" src="{source}" alt="{escape(block.alt)}"></div>\n'
        f"<figcaption>{inline(block.title)}{link}</figcaption>{numbers}</figure>"
    )


def _code(block):
    return f"<pre><code>{escape(block.text)}</code></pre>"


_WRITERS = {
    Heading: _heading,
    Paragraph: _paragraph,
    Items: _items,
    Table: _table,
    Picture: _picture,
    Code: _code,
}
