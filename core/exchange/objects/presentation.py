"""Outlines as Grayscale Softcopy Presentation States (PS3.3 A.33.1): drawn over the source image, never in its pixels."""

from datetime import datetime

from highdicom import PresentationLUTTransformation
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from pydicom.dataset import Dataset

from core.exams.assessment import Finding
from core.exchange.objects import equipment
from core.exchange.objects.regions import ellipse_points, within
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import CHARACTER_SET
from core.exchange.objects.uids import settle, stable_uid
from core.inference.score_text import against_threshold

SERIES = 9003


def ai_outlines(results: ExamResults, view: ViewResult, n: int) -> GrayscaleSoftcopyPresentationState:
    """The regions of evidence of one scored view."""
    if view.score is None or view.threshold is None:
        raise ValueError("a view without a score has no regions of evidence")
    lines = [GraphicObject("POLYLINE", within(r.outline, view.scan.shape), "PIXEL") for r in view.regions]
    first = view.regions[0].outline
    text = TextObject(
        f"AI {against_threshold(view.score, view.threshold)}. Research use only, not verified.",
        "PIXEL",
        anchor_point=(float(first[:, 0].max()), float(first[:, 1].min())),
    )
    return _state(results, view, n, "AI", lines, text, results.ai_key, results.at)


def reader_outlines(
    results: ExamResults, view: ViewResult, findings: list[Finding], n: int, at: datetime
) -> GrayscaleSoftcopyPresentationState:
    """The reader's marks on one view."""
    lines = [GraphicObject("ELLIPSE", within(ellipse_points(f), view.scan.shape), "PIXEL") for f in findings]
    text = TextObject("Reader's mark. Research use only.", "PIXEL", anchor_point=(max(0.0, findings[0].x), max(0.0, findings[0].y)))
    return _state(results, view, n, "READER", lines, text, results.reader_key, at)


def _state(
    results: ExamResults,
    view: ViewResult,
    n: int,
    by: str,
    lines: list[GraphicObject],
    text: TextObject,
    key: tuple[str | float, ...],
    at: datetime,
) -> GrayscaleSoftcopyPresentationState:
    layer = GraphicLayer(by, 1, description=f"Outlines by {'the model' if by == 'AI' else 'the reader'}", display_color=None)
    out = GrayscaleSoftcopyPresentationState(
        referenced_images=[view.source],
        series_instance_uid=stable_uid("series", "PR", by, view.scan.laterality or "", results.study),
        series_number=SERIES if by == "AI" else SERIES + 1,
        sop_instance_uid=stable_uid("PR", by, str(view.source.SOPInstanceUID), *key),
        instance_number=n,
        manufacturer=equipment.MANUFACTURER,
        manufacturer_model_name=equipment.MANUFACTURER,
        software_versions=equipment.software_version(),
        device_serial_number=equipment.SERIAL,
        content_label=f"{by}_OUTLINES",
        content_description=f"{by} outlines, {view.scan.label}, research use only"[:64],
        graphic_layers=[layer],
        graphic_annotations=[GraphicAnnotation([view.source], layer, graphic_objects=lines, text_objects=[text])],
        presentation_lut_transformation=PresentationLUTTransformation(_shape(view.source)),
        series_description=f"{by} outlines, research use only",
        specific_character_set=CHARACTER_SET,
    )
    out.Laterality = view.scan.laterality or ""  # type 2C of the series, which therefore holds one side alone
    out.PresentationCreationDate, out.PresentationCreationTime = at.date(), at.time()
    settle(out, at)
    return out


def _shape(source: Dataset) -> str:
    return "INVERSE" if source.get("PhotometricInterpretation") == "MONOCHROME1" else "IDENTITY"
