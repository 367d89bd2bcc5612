"""A report of 10,000 predictions, with their scores under every perturbation, and a move of its operating point, each over its limit.

The second figure is what the slider of the Models page waits for; on the largest shipped checkpoint as well.

python bench/report.py
"""

import sys
import time

import numpy as np
import pandas as pd

from core.evaluation.evaluation_report import EvaluationReport
from core.evaluation.predictions import ClassPredictions, predictions_of, table
from core.evaluation.probes.perturbation_sweep import DROPOUT, all_perturbations
from core.evaluation.report import Header, at_threshold, read_report, report_of
from core.labels import TRIAGE
from core.models.card import find_checkpoint, read_card

ROWS, REPLICATES, LIMIT_S, MOVE_S = 10_000, 2000, 20.0, 1.0
SHIPPED, SHIPPED_MOVE_S = "roboflow-tumour", 0.1
THRESHOLDS = np.linspace(0.1, 0.9, 9)


def move(report: EvaluationReport, test: ClassPredictions) -> float:
    """Seconds in which a report follows its operating point; the draws of patients are made once a session."""
    at_threshold(report, test, 0.5, "given")
    start = time.perf_counter()
    for threshold in THRESHOLDS:
        at_threshold(report, test, float(threshold), "given")
    return (time.perf_counter() - start) / len(THRESHOLDS)


def main() -> int:
    """Print the ratios; exit 1 where one is above 1."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, ROWS)
    logits = rng.normal(0, 1, (ROWS, 3)) + np.eye(3)[truth]
    rows = [
        {"sha256": str(i), "patient": str(i // 4), "split": "test", "label": TRIAGE.classes[t], "laterality": "LR"[i % 2], "view": "CC"}
        for i, t in enumerate(truth)
    ]
    frame = table(rows, logits, TRIAGE)
    frame = pd.concat([frame, frame.iloc[:1000].assign(split="validation")], ignore_index=True)
    header = Header("bench", "bench", False, TRIAGE, "0", None, 1.0, 0.4, "given")
    plain = rng.random(ROWS)
    perturbed = {c.name: np.clip(plain + rng.normal(0, 0.02, ROWS), 0, 1) for c in all_perturbations()}
    swept = pd.DataFrame({"sha256": [str(i) for i in range(ROWS)], **perturbed, DROPOUT: rng.random(ROWS)})
    start = time.perf_counter()
    report = report_of(frame, header, sweep=swept, replicates=REPLICATES)
    took = time.perf_counter() - start
    moved = move(report, ClassPredictions.of(frame[frame["split"] == "test"], TRIAGE, 1.0, 0.4, REPLICATES))
    folder = find_checkpoint(SHIPPED)
    start = time.perf_counter()
    shipped = read_report(folder)
    recomputed = time.perf_counter() - start
    shipped_moved = move(shipped, predictions_of(folder, read_card(folder), "test"))
    print(f"report of {ROWS} predictions, {REPLICATES} replicates: {took:.1f} s, {took / LIMIT_S:.2f} of the limit of {LIMIT_S:.0f} s")
    print(f"operating point moved on {ROWS} rows: {1000 * moved:.0f} ms, {moved / MOVE_S:.2f} of the limit of {1000 * MOVE_S:.0f} ms")
    print(
        f"operating point moved on {SHIPPED} ({len(shipped.subgroups)} subgroups): {1000 * shipped_moved:.0f} ms, "
        f"{shipped_moved / SHIPPED_MOVE_S:.2f} of the limit of {1000 * SHIPPED_MOVE_S:.0f} ms; "
        f"1/{recomputed / shipped_moved:.0f} of the whole report ({recomputed:.1f} s)"
    )
    return int(took > LIMIT_S or moved > MOVE_S or shipped_moved > SHIPPED_MOVE_S)


if __name__ == "__main__":
    sys.exit(main())
