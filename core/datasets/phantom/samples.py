"""Sample exams for the dashboard, drawn on demand: nothing to ship, nothing to download."""

from core.datasets.phantom.draw import PhantomView, draw
from core.datasets.phantom.folder import VIEWS
from core.datasets.phantom.objects import SYNTAXES, dicom_bytes
from core.datasets.phantom.plan import earlier, plan_exam

SEED = 20_000  # no training, validation or test phantom comes from this series
DATES = {"": "20260302", "prior": "20250113"}  # invented, for exams that come with a prior


def sample_exam(number: int, size: str = "medium", with_prior: bool = False) -> list[tuple[str, bytes, PhantomView]]:
    """File name, DICOM bytes and truth of the four views of sample exam `number` (from 1), and of its prior's after them."""
    plan = plan_exam(SEED, number)
    plans = {"": plan} | ({"prior": earlier(plan)} if with_prior else {})
    out = []
    for which, planned in plans.items():
        for laterality, view_name in VIEWS:
            view = draw(planned, laterality, view_name, size)
            date = DATES[which] if with_prior else ""
            data = dicom_bytes(view, monochrome1=number % 2 == 0, syntax=SYNTAXES[0], date=date)
            out.append((f"phantom {number} {which}{' ' * bool(which)}{laterality} {view_name}.dcm", data, view))
    return out
