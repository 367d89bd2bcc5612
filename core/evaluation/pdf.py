"""A report as a PDF, stamped on every page; the same bytes for the same report."""

from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.shapes import Circle, Drawing, String
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from core.evaluation.evaluation_report import EvaluationReport
from core.evaluation.parts.decisions import ConfusionMatrix, RocCurve
from core.evaluation.report_text import (
    ARGMAX,
    HEADLINE,
    MATRIX,
    argmax_sentences,
    groups_of,
    name_of,
    positive_curve,
    sentences,
    stamp_of,
    value_text,
)
from core.pdf_style import BOLD, FONT, HEAD, document, paragraph

HEADER = ("", "value", "95 % interval", "images", "patients")
_GRID = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), FONT, 7.5),
        ("FONT", (0, 0), (-1, 0), BOLD, 7.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#c4c8ca")),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)
_INKS = ("#2f6f94", "#b87a2c", "#4f8a49", "#93577f", "#7d7530", "#4a59a3", "#9c4a43", "#3e7d77", "#6d7174")


def pdf_of(report: EvaluationReport) -> bytes:
    """The report as an A4 PDF: sentences, every number, confusion matrix and ROC curve at the operating point."""
    return document(report.title, stamp_of(report), report.checkpoint, lambda: _content(report))


def _content(report: EvaluationReport) -> list[Flowable]:
    flow: list[Flowable] = [paragraph(text) for text in sentences(report)]
    for group in groups_of(report):
        cells = [list(HEADER)]
        cells += [[name_of(name), value_text(e), e.interval(3), str(e.n), str(e.n_patients or "–")] for name, e in group.metrics.items()]
        flow.append(_block(group.title, Table(cells, colWidths=[58 * mm, 34 * mm, 42 * mm, 20 * mm, 20 * mm], style=_GRID, repeatRows=1)))
        if group.title == HEADLINE:
            flow.append(_block(MATRIX, _confusion(report.confusion)))
            if (curve := positive_curve(report)) is not None:
                flow.append(_block("ROC curve with the operating point", _roc((curve,), _point(report))))
        if group.title == ARGMAX and report.argmax is not None:
            flow += [paragraph(text) for text in argmax_sentences(report)]
            flow.append(_block(f"{ARGMAX}: confusion matrix", _confusion(report.argmax.confusion)))
            flow.append(_block("ROC curve of each class", _roc(report.roc_curves)))
    return flow


def _point(report: EvaluationReport) -> tuple[float, float] | None:
    """(1 − specificity, sensitivity) of the operating point."""
    sensitivity, specificity = (report.metrics[k].value for k in ("sensitivity", "specificity"))
    return None if sensitivity is None or specificity is None else (1 - specificity, sensitivity)


def _block(title: str, content: Flowable) -> KeepTogether:
    return KeepTogether([paragraph(title, HEAD), content, Spacer(1, 2 * mm)])


def _confusion(matrix: ConfusionMatrix) -> Table:
    cells = [["", *matrix.classes], *([c, *map(str, row)] for c, row in zip(matrix.classes, matrix.counts, strict=True))]
    return Table(cells, style=_GRID, hAlign="LEFT")


def _roc(curves: tuple[RocCurve, ...], point: tuple[float, float] | None = None) -> Drawing:
    drawing, plot = Drawing(174 * mm, 70 * mm), LinePlot()
    plot.setProperties({"x": 12 * mm, "y": 10 * mm, "width": 56 * mm, "height": 56 * mm})
    plot.data = [[(0, 0), (1, 1)], *([*zip(c.fpr, c.tpr, strict=True)] for c in curves)]
    for axis in (plot.xValueAxis, plot.yValueAxis):
        axis.valueMin, axis.valueMax, axis.valueStep = 0, 1, 0.25
        axis.labels.fontName, axis.labels.fontSize = FONT, 7
    plot.lines[0].strokeColor, plot.lines[0].strokeDashArray = colors.HexColor("#999999"), (2, 2)
    for n, curve in enumerate(curves):
        ink = colors.HexColor(_INKS[n % len(_INKS)])
        plot.lines[n + 1].strokeColor, plot.lines[n + 1].strokeWidth = ink, 1.2
        area = curve.auroc.value
        label = curve.label if area is None else f"{curve.label} ({area:.2f})"
        drawing.add(_label(78 * mm, 62 * mm - n * 5 * mm, label, ink))
    drawing.add(plot)
    if point is not None:
        x, y = (start + share * 56 * mm for start, share in zip((12 * mm, 10 * mm), point, strict=True))
        drawing.add(Circle(x, y, 1.4 * mm, fillColor=None, strokeColor=colors.black, strokeWidth=1.2))
    drawing.add(_label(20 * mm, 2 * mm, "horizontal: 1 − specificity; vertical: sensitivity", colors.black))
    return drawing


def _label(x: float, y: float, text: str, ink: colors.Color) -> String:
    return String(x, y, text, fontName=FONT, fontSize=7.5, fillColor=ink)
