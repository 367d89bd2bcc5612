"""A report as a PDF, stamped on every page; the same bytes for the same report."""

from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from core.evaluation.evaluation_report import ConfusionMatrix, EvaluationReport, RocCurve
from core.evaluation.report_text import groups_of, sentences, stamp_of, value_text
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
    """The report as an A4 PDF: sentences, every number, confusion matrix and ROC curves."""
    return document(report.title, stamp_of(report), report.checkpoint, lambda: _content(report))


def _content(report: EvaluationReport) -> list[Flowable]:
    flow: list[Flowable] = [paragraph(text) for text in sentences(report)]
    for number, group in enumerate(groups_of(report)):
        cells = [list(HEADER)]
        cells += [
            [name.replace("_", " "), value_text(e), e.interval(3), str(e.n), str(e.n_patients or "–")] for name, e in group.metrics.items()
        ]
        flow.append(_block(group.title, Table(cells, colWidths=[58 * mm, 34 * mm, 42 * mm, 20 * mm, 20 * mm], style=_GRID, repeatRows=1)))
        if number == 0:
            flow.append(_block("Confusion matrix (rows true, columns predicted)", _confusion(report.confusion)))
            flow += [_block("ROC curves", _roc(report.roc_curves))] if report.roc_curves else []
    return flow


def _block(title: str, content: Flowable) -> KeepTogether:
    return KeepTogether([paragraph(title, HEAD), content, Spacer(1, 2 * mm)])


def _confusion(matrix: ConfusionMatrix) -> Table:
    cells = [["", *matrix.classes], *([c, *map(str, row)] for c, row in zip(matrix.classes, matrix.counts, strict=True))]
    return Table(cells, style=_GRID, hAlign="LEFT")


def _roc(curves: tuple[RocCurve, ...]) -> Drawing:
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
    drawing.add(_label(20 * mm, 2 * mm, "horizontal: 1 − specificity; vertical: sensitivity", colors.black))
    return drawing


def _label(x: float, y: float, text: str, ink: colors.Color) -> String:
    return String(x, y, text, fontName=FONT, fontSize=7.5, fillColor=ink)
