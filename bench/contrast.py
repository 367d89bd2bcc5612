"""Does the Laplacian raise contrast, as the density seed system held? Contrast-to-noise ratio of planted lesions under each filter.

Phantoms of a series that no checkpoint knows, MLO views, on the grid of phantom-triage. A question, so no limit.
"""

import sys

import numpy as np

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.imaging.contrast import contrast_to_noise, region
from core.imaging.filters import FILTERS, apply_filter
from core.imaging.input import InputSpec
from core.scans import read_scan
from dashboard.images.outline import outlines

SEED, EXAMS = 31_000, 74
SPEC = InputSpec(size=(448, 320))


def main() -> int:
    found = {"mass": [], "calcifications": []}
    for number in range(1, EXAMS + 1):
        for side in "RL":
            view = draw(plan_exam(SEED, number), side, "MLO", "medium")
            lines = outlines(view)
            if not lines:
                continue
            grid, geometry = SPEC.grid(read_scan(dicom_bytes(view), "phantom.dcm"))
            image = grid.astype(np.float32) / 65535
            variants = [apply_filter(image, name) for name in FILTERS]
            for line in lines:
                where = region(image, geometry, line.points, tuple(o.points for o in lines if o is not line))
                group = next((g for g in found if line.name.split(",")[0].endswith(g)), None)
                if where is not None and group is not None:
                    found[group].append([contrast_to_noise(v, where) for v in variants])
    for group, rows in found.items():
        table = np.array(rows, float)
        table = table[np.isfinite(table).all(1)]
        print(f"{group}, {len(table)} outlines of {EXAMS} exams")
        for n, name in enumerate(FILTERS):
            low, middle, high = np.percentile(table[:, n], [25, 50, 75])
            more = int((np.abs(table[:, n]) > np.abs(table[:, 0])).sum())
            print(f"  {name}: CNR {middle:.2f} (quartiles {low:.2f} to {high:.2f}); larger in size than unfiltered in {more}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
