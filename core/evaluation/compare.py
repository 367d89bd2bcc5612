"""Two checkpoints on the same images. No torch."""

from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from core.errors import DataError
from core.evaluation.cases import cases_of
from core.evaluation.closed_form import delong_test
from core.evaluation.statistics import Bootstrap, auroc
from core.models.card import find_checkpoint, read_card


def compare(first: str | Path, second: str | Path, split: str = "test") -> dict:
    """What differs between two checkpoints on the images that both predicted.

    Returns
    -------
    dict
        "n", "n_patients"; "auroc" with "first", "second" and the paired "difference" (second less first, patients drawn whole);
        "delong": the paired test by formula, or None where all images are of one kind;
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
    positive = _positive(a["label"], cards[0].label_space)
    boot, ones = Bootstrap.of(a["patient"].to_numpy()), np.ones((1, len(shared)))
    areas = [auroc(t["score"].to_numpy(), positive) for t in (a, b)]
    values, draws = [float(f(ones)[0]) for f in areas], [boot.over_rows(f) for f in areas]
    one_kind = "the images are all of one kind"
    estimates = [boot.estimate(v, d, one_kind) for v, d in zip(values, draws, strict=True)]
    difference = boot.estimate(values[1] - values[0], draws[1] - draws[0], one_kind, (-1.0, 1.0))
    right = [(t["score"].to_numpy() >= card.threshold) == positive for t, card in zip((a, b), cards, strict=True)]
    only = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    return {
        "first": cards[0].name,
        "second": cards[1].name,
        "n": len(shared),
        "n_patients": boot.n_patients,
        "auroc": dict(zip(("first", "second", "difference"), (e.model_dump(mode="json") for e in (*estimates, difference)), strict=True)),
        "delong": delong_test(a["score"].to_numpy(), b["score"].to_numpy(), positive) if positive.any() and not positive.all() else None,
        "mcnemar": {
            "only_first_right": only[0],
            "only_second_right": only[1],
            "p": float(binomtest(only[0], sum(only)).pvalue) if sum(only) else 1.0,
            "note": "exact; takes images as independent",
        },
        "changed": shared[right[0] != right[1]].tolist(),
    }


def _positive(labels, space) -> np.ndarray:
    names = {space.classes[i] for i in space.members(space.positive)}
    return np.array([bool(names & set([label] if space.kind == "multiclass" else label.split())) for label in labels])
