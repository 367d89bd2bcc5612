"""What every PDF shares: an A4 document with a stamp on each page, fonts and styles. The same content gives the same bytes."""

import io
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate
from reportlab.platypus.doctemplate import BaseDocTemplate

# Bitstream Vera ships with the library and has ≥, × and dashes; the built-in PDF fonts have not.
FONT, BOLD = "Vera", "VeraBd"
_FILES = {FONT: "Vera.ttf", BOLD: "VeraBd.ttf"}
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=8.5, leading=12)
HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=11, leading=15, spaceBefore=8, spaceAfter=3)
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=21, spaceAfter=4)
RED, GREY = colors.HexColor("#a33333"), colors.HexColor("#888888")
MARGIN = 18 * mm


def paragraph(content: str, style: ParagraphStyle = TEXT) -> Paragraph:
    """A paragraph of any text; line breaks stay."""
    return Paragraph("<br/>".join(escape(line) for line in content.splitlines()), style)


def document(title: str, stamp: str, footer: str, make: Callable[[], Sequence[Flowable]]) -> bytes:
    """An A4 PDF: stamp above and `footer` with the page number below each page; `make` gives the content once the fonts are known."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, f"{reportlab.__path__[0]}/fonts/{file}"))
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=title,
        author="Second Reader",
        subject=stamp,
        invariant=1,  # no creation time
    )

    def draw(canvas: Canvas, document: BaseDocTemplate) -> None:
        width, height = document.pagesize
        canvas.setFont(BOLD, 7.5)
        canvas.setFillColor(RED)
        canvas.drawString(MARGIN, height - 12 * mm, stamp)
        canvas.setFont(FONT, 7.5)
        canvas.drawRightString(width - MARGIN, 10 * mm, f"{footer}, page {document.page}")

    template.build([paragraph(title, TITLE), *make()], onFirstPage=draw, onLaterPages=draw)
    return out.getvalue()
