"""One writer of offline HTML pages: nothing is loaded, every text is escaped, the stamp stands first and last."""

from collections.abc import Sequence
from html import escape

STYLE = """body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1f21}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.1rem 0 .2rem}p{margin:.3rem 0;white-space:pre-wrap}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{border:1px solid #c4c8ca;padding:.2rem .6rem;text-align:right}
td:first-child,th:first-child{text-align:left}.stamp{border:2px solid #a33;color:#a33;padding:.4rem .8rem;font-weight:bold}
.aside{border:1px dashed #888;color:#444;padding:.4rem .8rem;margin-top:1.6rem}"""


def text(content: str) -> str:
    """Escape text for use between tags."""
    return escape(content, quote=False)


def heading(title: str) -> str:
    """A heading of the second level."""
    return f"<h2>{text(title)}</h2>"


def paragraph(content: str) -> str:
    """A paragraph; line breaks stay."""
    return f"<p>{text(content)}</p>"


def aside(title: str, lines: Sequence[str]) -> str:
    """A box set apart from the rest."""
    return f'<div class="aside">{heading(title)}{"".join(map(paragraph, lines))}</div>'


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column is aligned left."""
    head = "".join(f"<th>{text(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(f"<td>{text(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def page(title: str, stamp: str, parts: Sequence[str]) -> str:
    """A whole page of parts that are HTML already."""
    mark = f'<p class="stamp">{text(stamp)}</p>'
    head = f'<meta charset="utf-8"><title>{text(title)}</title><style>{STYLE}</style>'
    body = f"{mark}<h1>{text(title)}</h1>{''.join(parts)}{mark}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
