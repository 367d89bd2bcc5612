"""Two checkpoints on the same images. No torch."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from core.errors import DataError
from core.evaluation.metrics.analytic import DeLongTest, delong_test
from core.evaluation.metrics.bootstrap import NO_IMAGE, SINGLE_CLASS, Bootstrap, auroc, ratio
from core.evaluation.parts.part import ReportPart
from core.evaluation.predictions import Predictions
from core.evaluation.report_images import cases_of
from core.models.card import Card, Estimate, find_checkpoint, read_card

Replicated = tuple[float, np.ndarray]  # a value, and its replicates (R,)


class PairedEstimate(ReportPart):
    """A metric of both checkpoints, and second less first with the same patients drawn for both."""

    first: Estimate
    second: Estimate
    difference: Estimate


class McNemar(ReportPart):
    """Exact two-sided test of the discordant decisions (McNemar 1947)."""

    only_first_right: int
    only_second_right: int
    p: float
    note: str = "exact; takes images as independent"


class ChangedDecision(ReportPart):
    """An image on which only one of the two decisions is right."""

    sha256: str
    case: str
    label: str
    positive: bool
    first_score: float
    second_score: float
    first_called: bool
    second_called: bool


class Comparison(ReportPart):
    """What differs between two checkpoints on the images that both were tested on.

    `metrics`: accuracy of the decision, sensitivity, specificity and brier. `delong` is None where it is undefined.
    """

    first: str
    second: str
    n: int
    n_patients: int
    auroc: PairedEstimate
    metrics: dict[str, PairedEstimate]
    delong: DeLongTest | None
    mcnemar: McNemar
    changed: tuple[ChangedDecision, ...]


def compare(first: str | Path, second: str | Path, split: str = "test") -> Comparison:
    """Compare two checkpoints on the images that both predicted.

    Raises
    ------
    CheckpointError, DataError
        If one is missing, their positive classes differ, or they share no image.
    """
    folders = [find_checkpoint(c) for c in (first, second)]
    cards = [read_card(f) for f in folders]
    if cards[0].label_space.positive != cards[1].label_space.positive:
        raise DataError("The checkpoints have different positive classes.", "Compare checkpoints with the same positive class.")
    tables = [cases_of(f, card, split).set_index("sha256") for f, card in zip(folders, cards, strict=True)]
    shared = tables[0].index.intersection(tables[1].index)
    if shared.empty:
        raise DataError("The checkpoints were tested on no common image.", "Evaluate both on the same split.")
    a, b = (t.loc[shared] for t in tables)
    patients = np.where(a["patient"] == "", "image " + a.index, a["patient"])
    pair = [Predictions(t["score"].to_numpy(), a["positive"].to_numpy(), patients) for t in (a, b)]
    called = [p.called(card.threshold) for p, card in zip(pair, cards, strict=True)]
    boot, positive = pair[0].bootstrap, pair[0].positive
    right = [c == positive for c in called]
    only = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    return Comparison(
        first=cards[0].name,
        second=cards[1].name,
        n=len(shared),
        n_patients=boot.n_patients,
        auroc=_paired(boot, [boot.evaluate(auroc(p.score, positive)) for p in pair], SINGLE_CLASS),
        metrics=_metrics(boot, pair, called),
        delong=delong_test(pair[0].score, pair[1].score, positive),
        mcnemar=McNemar(
            only_first_right=only[0],
            only_second_right=only[1],
            p=float(binomtest(only[0], sum(only)).pvalue) if sum(only) else 1.0,
        ),
        changed=_changed(a, b, right, cards),
    )


def _paired(boot: Bootstrap, found: list[Replicated], undefined: str) -> PairedEstimate:
    first, second = found
    return PairedEstimate(
        first=boot.estimate(*first, undefined),
        second=boot.estimate(*second, undefined),
        difference=boot.difference(first, second, undefined),
    )


def _metrics(boot: Bootstrap, pair: list[Predictions], called: list[np.ndarray]) -> dict[str, PairedEstimate]:
    positive, everyone = pair[0].positive, np.ones(len(pair[0]))
    counted: dict[str, tuple[Callable[[int], np.ndarray], np.ndarray, str]] = {  # hits of a checkpoint, the images that count
        "accuracy": (lambda i: called[i] == positive, everyone, NO_IMAGE),
        "sensitivity": (lambda i: called[i] & positive, positive, "no positive image"),
        "specificity": (lambda i: ~called[i] & ~positive, ~positive, "no negative image"),
        "brier": (lambda i: (pair[i].score - positive) ** 2, everyone, NO_IMAGE),
    }
    out = {}
    for name, (hits, denominator, undefined) in counted.items():
        totals = boot.sums(np.stack([hits(0), hits(1), denominator], 1).astype(float))
        n = denominator.sum()
        found = [(float(hits(i).sum() / n) if n else np.nan, ratio(totals[:, i], totals[:, 2])) for i in (0, 1)]
        out[name] = _paired(boot, found, undefined)
    return out


def _changed(a: pd.DataFrame, b: pd.DataFrame, right: list[np.ndarray], cards: list[Card]) -> tuple[ChangedDecision, ...]:
    return tuple(
        ChangedDecision(
            sha256=str(a.index[i]),
            case=a["case"].iloc[i],
            label=a["label"].iloc[i],
            positive=bool(a["positive"].iloc[i]),
            first_score=float(a["score"].iloc[i]),
            second_score=float(b["score"].iloc[i]),
            first_called=bool(a["score"].iloc[i] >= cards[0].threshold),
            second_called=bool(b["score"].iloc[i] >= cards[1].threshold),
        )
        for i in np.flatnonzero(right[0] != right[1]).tolist()
    )
