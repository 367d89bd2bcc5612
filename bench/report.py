"""A report of 10,000 predictions, with their scores under every perturbation, and the threshold console, each over its limit.

python bench/report.py
"""

import sys
import time

import numpy as np
import pandas as pd

from core.evaluation.metrics.operating_point import at, net_benefits
from core.evaluation.predictions import Predictions, table
from core.evaluation.probes.perturbation_sweep import DROPOUT, all_perturbations
from core.evaluation.report import Header, report_of
from core.labels import TRIAGE

ROWS, REPLICATES, LIMIT_S, CONSOLE_S = 10_000, 2000, 20.0, 0.1


def main() -> int:
    """Print both ratios; exit 1 where one is above 1."""
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
    report_of(frame, header, sweep=swept, replicates=REPLICATES)
    took = time.perf_counter() - start
    scores = Predictions(rng.random(ROWS), truth == 2, np.array([r["patient"] for r in rows]))
    at(scores, 0.5)  # the draws are made once a session
    start = time.perf_counter()
    for threshold in np.linspace(0.1, 0.9, 9):
        at(scores, threshold)
        net_benefits(scores, np.linspace(0.01, 0.99, 99))
    console = (time.perf_counter() - start) / 9
    print(f"report of {ROWS} predictions, {REPLICATES} replicates: {took:.1f} s, {took / LIMIT_S:.2f} of the limit of {LIMIT_S:.0f} s")
    print(f"console on {ROWS} rows: {1000 * console:.0f} ms, {console / CONSOLE_S:.2f} of the limit of 100 ms")
    return int(took > LIMIT_S or console > CONSOLE_S)


if __name__ == "__main__":
    sys.exit(main())
