"""Two checkpoints on the same images. No torch."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from core.errors import DataError
from core.evaluation.metrics.analytic import delong_test
from core.evaluation.metrics.bootstrap import Bootstrap, auroc, ratio
from core.evaluation.report_images import cases_of
from core.models.card import find_checkpoint, read_card


def compare(first: str | Path, second: str | Path, split: str = "test") -> dict:
    """What differs between two checkpoints on the images that both predicted.

    Returns
    -------
    dict
        "n", "n_patients"; "auroc" with "first", "second" and the paired "difference" (second less first, patients drawn whole);
        "delong": the paired test by formula, or None with fewer than two images of either kind; "metrics": accuracy of the decision,
        sensitivity, specificity and brier, each as "auroc";
        "mcnemar": discordant decisions "only_first_right", "only_second_right" and the exact two-sided p, which takes images as
        independent and says so; "changed": sha256 of the images whose decision changes sides.

    Raises
    ------
    CheckpointError, DataError
        If one is missing, they answer different questions, or they share no image.
    """
    cards = [read_card(find_checkpoint(c)) for c in (first, second)]
    if cards[0].label_space.positive != cards[1].label_space.positive:
        raise DataError("The checkpoints answer different questions.", "Compare checkpoints with the same positive class.")
    tables = [cases_of(find_checkpoint(c), card, split).set_index("sha256") for c, card in zip((first, second), cards, strict=True)]
    shared = tables[0].index.intersection(tables[1].index)
    if shared.empty:
        raise DataError("The checkpoints were tested on no common image.", "Evaluate both on the same split.")
    a, b = (t.loc[shared] for t in tables)
    positive = a["positive"].to_numpy()
    boot, ones = Bootstrap.of(a["patient"].to_numpy()), np.ones((1, len(shared)))
    areas = [auroc(t["score"].to_numpy(), positive) for t in (a, b)]
    ranked = _paired(boot, [float(f(ones)[0]) for f in areas], [boot.over_rows(f) for f in areas], "the images are all of one kind")
    right = [(t["score"].to_numpy() >= card.threshold) == positive for t, card in zip((a, b), cards, strict=True)]
    only = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    return {
        "first": cards[0].name,
        "second": cards[1].name,
        "n": len(shared),
        "n_patients": boot.n_patients,
        "auroc": ranked,
        "metrics": _metrics(boot, positive, [t["score"].to_numpy() for t in (a, b)], [c.threshold for c in cards]),
        "delong": delong_test(a["score"].to_numpy(), b["score"].to_numpy(), positive),
        "mcnemar": {
            "only_first_right": only[0],
            "only_second_right": only[1],
            "p": float(binomtest(only[0], sum(only)).pvalue) if sum(only) else 1.0,
            "note": "exact; takes images as independent",
        },
        "changed": _changed(a, b, positive, right, [c.threshold for c in cards]),
    }


def _paired(boot: Bootstrap, values: list[float], draws: list[np.ndarray], undefined: str) -> dict[str, dict]:
    """first, second, and second less first, the same patients drawn for both."""
    found = [boot.estimate(v, d, undefined) for v, d in zip(values, draws, strict=True)]
    found.append(boot.estimate(values[1] - values[0], draws[1] - draws[0], undefined, (-1.0, 1.0)))
    return dict(zip(("first", "second", "difference"), (e.model_dump(mode="json") for e in found), strict=True))


def _metrics(boot: Bootstrap, positive: np.ndarray, scores: list[np.ndarray], thresholds: list[float]) -> dict[str, dict]:
    called = [s >= t for s, t in zip(scores, thresholds, strict=True)]
    everyone = np.ones(len(positive))
    counted = {  # what is summed for each checkpoint, and over how many
        "accuracy": ([c == positive for c in called], everyone, "no image"),
        "sensitivity": ([c & positive for c in called], positive, "no positive image"),
        "specificity": ([~c & ~positive for c in called], ~positive, "no negative image"),
        "brier": ([(s - positive) ** 2 for s in scores], everyone, "no image"),
    }
    out = {}
    for name, (parts, among, undefined) in counted.items():
        totals = boot.sums(np.stack([*parts, among], 1).astype(float))
        n = among.sum()
        values = [float(p.sum() / n) if n else np.nan for p in parts]
        out[name] = _paired(boot, values, [ratio(totals[:, i], totals[:, 2]) for i in (0, 1)], undefined)
    return out


def _changed(a: pd.DataFrame, b: pd.DataFrame, positive: np.ndarray, right: list[np.ndarray], thresholds: list[float]) -> list[dict]:
    rows = []
    for i in np.flatnonzero(right[0] != right[1]):
        x, y = float(a["score"].iloc[i]), float(b["score"].iloc[i])
        row = {"sha256": a.index[i], "case": a["case"].iloc[i], "label": a["label"].iloc[i], "positive": bool(positive[i])}
        rows.append(row | {"first": x, "second": y, "first_called": x >= thresholds[0], "second_called": y >= thresholds[1]})
    return rows
