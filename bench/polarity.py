"""How often negatives are recognised: 200 images of the Roboflow set, labelled by eye. Needs SECOND_READER_DATA.

python bench/polarity.py
"""

import csv
import os
import sys
from pathlib import Path

from core.scans import read_scan

LABELS = Path(__file__).parents[1] / "tests/core/scans/polarity_labels.csv"


def main() -> int:
    """Print both kinds of error; exit 1 where either is above 2 %."""
    folder = Path(os.environ.get("SECOND_READER_DATA", "")) / "roboflow-breast-cancer"
    if not folder.is_dir():
        print("Set SECOND_READER_DATA to the folder of real data.")
        return 0
    paths = {p.stem: p for p in folder.glob("*/*.jpg")}
    missed, alarms, n = 0, 0, {"0": 0, "1": 0}
    with open(LABELS, newline="") as f:
        for row in csv.DictReader(f):
            found = read_scan(paths[row["stem"]].read_bytes()).inverted
            n[row["inverted"]] += 1
            missed += row["inverted"] == "1" and not found
            alarms += row["inverted"] == "0" and found
    print(f"negatives not recognised: {missed} of {n['1']}; positives taken for negatives: {alarms} of {n['0']}")
    return int(missed > 0.02 * n["1"] or alarms > 0.02 * n["0"])


if __name__ == "__main__":
    sys.exit(main())
