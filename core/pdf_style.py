"""What every PDF of ours shares: fonts, styles, and the stamp on each page."""

from collections.abc import Callable

import reportlab
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

# Bitstream Vera comes with the library and has ≥, × and dashes; the built-in PDF fonts have not.
_FONTS = {"Vera": "Vera.ttf", "VeraBd": "VeraBd.ttf"}
TEXT = ParagraphStyle("text", fontName="Vera", fontSize=8.5, leading=12)
HEAD = ParagraphStyle("head", fontName="VeraBd", fontSize=11, leading=15, spaceBefore=8, spaceAfter=3)
TITLE = ParagraphStyle("title", fontName="VeraBd", fontSize=16, leading=21, spaceAfter=4)
RED = colors.HexColor("#a33333")


def register() -> None:
    """Make the fonts known; styles above need them."""
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, f"{reportlab.__path__[0]}/fonts/{file}"))


def stamped(stamp: str, foot: str) -> Callable:
    """A page drawer: the stamp above, `foot` and the page's number below."""

    def draw(canvas, document) -> None:
        width, height = document.pagesize
        canvas.setFont("VeraBd", 7.5)
        canvas.setFillColor(RED)
        canvas.drawString(18 * mm, height - 12 * mm, stamp)
        canvas.setFont("Vera", 7.5)
        canvas.drawRightString(width - 18 * mm, 10 * mm, f"{foot}, page {document.page}")

    return draw
