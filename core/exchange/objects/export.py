"""All objects of an exam's results, in the order in which they are sent: what is referred to comes first."""

import io
import logging
import sys
import warnings
from collections.abc import Iterator

from pydicom.dataset import Dataset

from core.exchange import ExchangeError
from core.exchange.objects import capture, key_objects, presentation, segmentation
from core.exchange.objects.ai_report import ai_report
from core.exchange.objects.instance import Instance
from core.exchange.objects.reader_report import reader_report
from core.exchange.objects.regions import of_scan
from core.exchange.objects.results import ExamResults
from core.exchange.objects.source import hand_on

# highdicom warns of names without a caret, and repeats them: no patient's name belongs into a log.
warnings.filterwarnings("ignore", message="The string .* is unlikely to represent the intended person name")
logging.getLogger("highdicom").setLevel(logging.ERROR)


def instances(results: ExamResults) -> list[Instance]:
    """Every object of the results: of the AI result where there is one, of the reader's last assessment where there is one.

    Raises
    ------
    ExchangeError
        If the header of a source image holds values that no object can take over.
    """
    try:
        return [instance_of(made, results.views[0].source) for made in _objects(results)]
    except (ValueError, TypeError, AttributeError, KeyError) as e:  # what highdicom raises; the texts may hold values
        raise ExchangeError(
            "The header of a source image holds values that are not valid in DICOM.", "Have the study corrected in the archive."
        ) from (e if sys.flags.dev_mode else None)


def _objects(results: ExamResults) -> list[Dataset]:
    marked: dict[str, Dataset] = {}
    found: list[Dataset] = []
    for view, made in _of_views(results):
        found.append(made)
        if made.Modality != "OT":
            marked[str(view.SOPInstanceUID)] = view
    reports = list(_reports(results))
    if marked:
        outlines = [m for m in found if m.Modality in ("PR", "SEG")]
        found += [*reports, key_objects.key_objects(results, [*marked.values(), *outlines, *reports])]
    else:
        found += reports
    return found


def _of_views(results: ExamResults) -> Iterator[tuple[Dataset, Dataset]]:
    """(source, object) of each object about a single view."""
    card, assessment = results.card, results.assessment
    for n, view in enumerate(results.views, 1):
        if card is not None:
            if view.regions:
                yield view.source, segmentation.region_mask(results, view, n, card)
                yield view.source, segmentation.heatmap(results, view, n, card)
                yield view.source, presentation.ai_outlines(results, view, n)
            yield view.source, capture.capture(results, view, n, card)
        if assessment is not None and (findings := list(of_scan(assessment.findings, view.scan.sha256))):
            yield view.source, presentation.reader_outlines(results, view, findings, n, assessment.at)


def _reports(results: ExamResults) -> Iterator[Dataset]:
    if results.card is not None:
        yield ai_report(results, results.card)
    if results.assessment is not None:
        yield reader_report(results, results.assessment)


def instance_of(made: Dataset, source: Dataset) -> Instance:
    """An object about images of a source's study, as it is sent."""
    hand_on(source, made)
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=True)
    return Instance(str(made.Modality), str(made.SOPClassUID), str(made.SOPInstanceUID), str(made.StudyInstanceUID), out.getvalue())
