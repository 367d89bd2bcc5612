"""A report as a PDF to hand round: stamped on every page, nothing fetched, the same bytes for the same report."""

import io
from xml.sax.saxutils import escape

from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from core.evaluation.export import STAMP, SYNTHETIC, groups_of, interval, sentences, value
from core.pdf_style import HEAD, TEXT, TITLE, register, stamped

_GRID = [
    ("FONT", (0, 0), (-1, -1), "Vera", 7.5),
    ("FONT", (0, 0), (-1, 0), "VeraBd", 7.5),
    ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#c4c8ca")),
    ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]


def pdf_of(report: dict) -> bytes:
    """The report as an A4 PDF: passports, ROC curve, confusion matrix, subgroups, probes."""
    register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=report["title"],
        author="Second Reader",
        subject=STAMP,
        invariant=1,  # no time of making in it
    )
    flow = [Paragraph(escape(report["title"]), TITLE), *(Paragraph(escape(text), TEXT) for text in sentences(report))]
    for title, rows in groups_of(report):
        cells = [["", "value", "95 % interval", "images", "patients"]]
        cells += [[r["name"].replace("_", " "), value(r), interval(r), str(r["n"]), str(r["n_patients"])] for r in rows]
        flow.append(_block(title, Table(cells, colWidths=[58 * mm, 34 * mm, 42 * mm, 20 * mm, 20 * mm], style=_GRID, repeatRows=1)))
        if title == "Headline figures":
            flow += [_block("Confusion matrix (rows true, columns called)", _confusion(report["confusion"]))]
            flow += [_block("ROC curves", _roc(report["roc"]))] if report["roc"] else []
    stamp = f"{STAMP} {SYNTHETIC}" if report["synthetic"] else STAMP

    page = stamped(stamp, report["checkpoint"])
    document.build(flow, onFirstPage=page, onLaterPages=page)
    return out.getvalue()


def _block(title: str, content) -> KeepTogether:
    return KeepTogether([Paragraph(escape(title), HEAD), content, Spacer(1, 2 * mm)])


def _confusion(table: dict) -> Table:
    cells = [["", *table["classes"]], *([c, *map(str, row)] for c, row in zip(table["classes"], table["counts"], strict=True))]
    return Table(cells, style=_GRID, hAlign="LEFT")


def _roc(curves: list[dict]) -> Drawing:
    inks = ["#2f6f94", "#b87a2c", "#4f8a49", "#93577f", "#7d7530", "#4a59a3", "#9c4a43", "#3e7d77", "#6d7174"]
    drawing, plot = Drawing(174 * mm, 70 * mm), LinePlot()
    plot.x, plot.y, plot.width, plot.height = 12 * mm, 10 * mm, 56 * mm, 56 * mm
    plot.data = [[(0, 0), (1, 1)], *([*zip(c["fpr"], c["tpr"], strict=True)] for c in curves)]
    for axis in (plot.xValueAxis, plot.yValueAxis):
        axis.valueMin, axis.valueMax, axis.valueStep = 0, 1, 0.25
        axis.labels.fontName, axis.labels.fontSize = "Vera", 7
    plot.lines[0].strokeColor, plot.lines[0].strokeDashArray = colors.HexColor("#999999"), (2, 2)
    for n, curve in enumerate(curves):
        ink = colors.HexColor(inks[n % len(inks)])
        plot.lines[n + 1].strokeColor, plot.lines[n + 1].strokeWidth = ink, 1.2
        area = curve["auroc"]["value"]
        label = curve["class"] if area is None else f"{curve['class']} ({area:.2f})"
        drawing.add(_words(78 * mm, 62 * mm - n * 5 * mm, label, ink))
    drawing.add(plot)
    drawing.add(_words(20 * mm, 2 * mm, "1 − specificity; upwards: sensitivity", colors.black))
    return drawing


def _words(x: float, y: float, text: str, ink: colors.Color) -> String:
    return String(x, y, text, fontName="Vera", fontSize=7.5, fillColor=ink)
