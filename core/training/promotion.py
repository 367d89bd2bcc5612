"""A finished run becomes a checkpoint of the dashboard, unless its figures mean nothing and nobody says why it shall. No torch."""

import re
import shutil
from pathlib import Path

from core.errors import CheckpointError
from core.evaluation.metrics.subgroups import SMALL_GROUP
from core.files import read_json, sha256_file, write_json
from core.folders import checkpoints_folder, runs_folder
from core.inference import calibration
from core.models.card import Card, read_card, write_card
from core.training import runs

CHECKPOINT_FILES = ("weights.safetensors", "predictions.csv", "report.json", "history.csv", "recipe.toml")
PROBE_FILES = ("probes.json", "sweep.csv", "out_of_distribution.npz", "resolution.json")  # where `evaluate --save` wrote them
TRY_AGAIN, COPY_AGAIN = "Train on more images or longer, or give a reason with --waive.", "Train it again, or copy the whole folder."
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def problems(folder: Path) -> tuple[str, ...]:
    """Why the figures of a finished run mean little, a sentence each; none for a sound one.

    Raises
    ------
    CheckpointError
        If the run is not finished.
    """
    card = read_card(folder)
    found = []
    if calibration.at_bound(card.temperature):
        found.append(f"The temperature is at its bound ({card.temperature:.2g}): the scores are not calibrated.")
    if (n := card.data.images.get("test", 0)) < SMALL_GROUP:
        found.append(f"The test part has {n} images, fewer than {SMALL_GROUP}: its figures say little.")
    solved = card.recipe.get("box_supervised") or card.recipe.get("logistic_head")  # a regression, solved at once: there is no loss to fall
    if not solved and not _loss_fell(folder):
        found.append("The training loss did not fall: nothing was learned.")
    return tuple(found)


def _loss_fell(folder: Path) -> bool:
    history = runs.read_history(folder)
    if history is None:
        return False
    patches = 0 if history["epoch"].max() < 2 else min(int(read_card(folder).recipe.get("patch_epochs", 0)), history["epoch"].max() - 2)
    losses = history[(history["split"] == "train") & (history["epoch"] > patches)].sort_values("epoch")["loss"]
    return len(losses) > 1 and bool(losses.iloc[1:].min() < losses.iloc[0])


def find_finished(name_or_path: str | Path) -> Path:
    """Folder of a finished run, by its name in the runs folder or by its path.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    for folder in (runs_folder() / str(name_or_path), Path(name_or_path)):
        if (folder / "card.json").is_file():
            return folder
    finished = ", ".join(sorted(p.parent.name for p in runs_folder().glob("*/card.json"))) or "none"
    raise CheckpointError(f"There is no finished run {str(name_or_path)!r}.", f"Finished runs: {finished}; or give the path of a folder.")


def promote(folder: Path, name: str | None = None, *, waiver: str | None = None) -> Path:
    """Copy a finished run into the checkpoints folder, where the dashboard lists it; returns the new folder.

    With a `waiver` a run with `problems` is taken as well; the card's limits then repeat problems and reason.

    Raises
    ------
    CheckpointError
        If the run is not finished or not whole, has problems and no waiver, or the name is taken or not valid.
    """
    card, target = read_card(folder), checkpoints_folder() / (name or folder.name)
    _check_whole(folder, card)
    if not NAME.fullmatch(target.name):
        raise CheckpointError(f"{target.name!r} is no name for a checkpoint.", "Use lower-case letters, digits and hyphens.")
    found = problems(folder)
    if found and not waiver:
        raise CheckpointError(f"{' '.join(found)} The run is not promoted.", TRY_AGAIN)
    try:
        target.mkdir(parents=True)
    except FileExistsError:
        raise CheckpointError(f"There is a checkpoint {target.name} already.", "Choose another name with --name.") from None
    try:
        for file in (f for f in (*CHECKPOINT_FILES, *PROBE_FILES) if (folder / f).is_file()):
            shutil.copyfile(folder / file, target / file)
        write_json(target / "report.json", read_json(folder / "report.json") | {"checkpoint": target.name})
        limits = (*card.limits, f"Promoted in spite of: {' '.join(found)} Reason: {waiver}") if found else card.limits
        write_card(target, card.model_copy(update={"name": target.name, "limits": limits}))
    except BaseException:  # also an interruption: half a checkpoint is none
        shutil.rmtree(target, ignore_errors=True)
        raise
    return target


def _check_whole(folder: Path, card: Card) -> None:
    missing = [f for f in ("predictions.csv", "report.json", card.weights.file) if not (folder / f).is_file()]
    if missing:
        raise CheckpointError(f"The run {folder.name} lacks {', '.join(missing)}.", COPY_AGAIN)
    if sha256_file(folder / card.weights.file) != card.weights.sha256:
        raise CheckpointError(f"The weights of {folder.name} are not those that its card names.", COPY_AGAIN)
