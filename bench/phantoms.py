"""Full-size phantom exams a minute, written as DICOM, over the limit of 5.

python bench/phantoms.py
"""

import sys
import tempfile
import time
from pathlib import Path

from core.datasets.phantom import make

LIMIT, EXAMS = 5.0, 6


def main() -> int:
    """Print the rate and its ratio to the limit; exit 1 below it."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        make(Path(folder) / "out", EXAMS, seed=1, size="full")
        rate = EXAMS / (time.monotonic() - start) * 60
    print(f"full-size exams a minute / limit of {LIMIT:.0f}: {rate / LIMIT:.1f} ({rate:.1f} exams of four 3328 × 2560 views)")
    return int(rate < LIMIT)


if __name__ == "__main__":
    sys.exit(main())
