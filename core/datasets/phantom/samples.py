"""Sample exams for the dashboard, drawn on demand: nothing to ship, nothing to download."""

from core.datasets.phantom.draw import PhantomView, draw
from core.datasets.phantom.folder import VIEWS
from core.datasets.phantom.objects import SYNTAXES, dicom_bytes
from core.datasets.phantom.plan import plan_exam

SEED = 20_000  # no training, validation or test phantom comes from this series


def sample_exam(number: int, size: str = "medium") -> list[tuple[str, bytes, PhantomView]]:
    """File name, DICOM bytes and truth of the four views of sample exam `number` (from 1)."""
    plan = plan_exam(SEED, number)
    out = []
    for laterality, view_name in VIEWS:
        view = draw(plan, laterality, view_name, size)
        out.append(
            (f"phantom {number} {laterality} {view_name}.dcm", dicom_bytes(view, monochrome1=number % 2 == 0, syntax=SYNTAXES[0]), view)
        )
    return out
