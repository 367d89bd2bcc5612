"""A recipe for a data folder of one's own: settings of another recipe or checkpoint, words and limits of this folder. No torch."""

from core.datasets.manifest import Manifest
from core.errors import RecipeError
from core.labels import SPACES
from core.models.card import Card, find_checkpoint, list_cards, read_card
from core.models.installed_weights import PACKAGES, of_folder, of_package
from core.training.recipe import Recipe, parse_recipe

RANDOM, IMAGENET = "random", "imagenet"  # where weights may start, beside the names of checkpoints
TIMM = "timm:"
WHOLE: dict[str, str | int | bool | None] = {"unfreeze": None, "unfreeze_epoch": None, "cached_augmentations": 0}  # all stages learn
INTENDED_USE = "Research on methods. Not for clinical use."


def starting_points(architecture: str) -> list[str]:
    """What a training can start from on this machine: ImageNet weights, checkpoints of this architecture, random weights.

    "imagenet" stands for weights of this architecture; others are networks of timm, by name, whose weights are installed.
    """
    name = architecture.removeprefix(TIMM)
    imagenet = [IMAGENET] if of_package(name) or of_folder(name) else []
    others = [f"{TIMM}{n}" for n in PACKAGES if f"{TIMM}{n}" != architecture and of_package(n)]
    own = [c.name for c in list_cards() if c.architecture == architecture]
    return [*imagenet, *own, *others, RANDOM]


def recipe_for(manifest: Manifest, base: Recipe, name: str, start: str, epochs: int | None = None) -> Recipe:
    """The recipe `base` for the images of `manifest`.

    Title, summary, intended use and limits are this folder's: nothing that was said of other data stays, except the terms of the
    weights that it starts from.

    Parameters
    ----------
    start : str
        "random", "imagenet", `timm:NAME` (its ImageNet weights, in place of the recipe's network), or a checkpoint of the same
        architecture, by name or folder.

    Raises
    ------
    RecipeError
        If no recipe can hold the label space or the name, or the checkpoint has another architecture.
    CheckpointError
        If there is no such checkpoint.
    """
    if manifest.space.name not in SPACES:
        raise RecipeError(f"The label space {manifest.space.name} cannot be trained.", f"Choose one of: {', '.join(SPACES)}.")
    items, patients = len(manifest.items), len({i.patient_key for i in manifest.items})
    what = f"{manifest.space.name} on {items} images of {patients} patients ({', '.join(manifest.sources)}), split by patient"
    changes: dict[str, str | int | bool | None] = {
        "name": name,
        "title": name.replace("-", " ").capitalize() + (" (SYNTHETIC)" if manifest.synthetic else ""),
        "summary": f"{what}.",
        "label_space": manifest.space.name,
        "intended_use": INTENDED_USE,
        "epochs": epochs or base.epochs,
    }
    limits = ["Tested once on patients of the same folder, not on another site, scanner or population."]
    if manifest.synthetic:
        limits.append("Trained on phantoms alone; results say nothing about patients.")
    if start == RANDOM:  # stages that do not learn would stay random
        changes |= {
            "pretrained": False,
            "unfreeze": None,
            "unfreeze_epoch": None,
            "cached_augmentations": 0,
            "recalibrate_batchnorm": False,
            "logistic_head": False,
            "box_supervised": False,
        }
    elif start == IMAGENET:
        changes |= {"pretrained": True}
    elif start.startswith(TIMM):
        changes |= WHOLE
        changes |= {"architecture": start, "pretrained": True, "recalibrate_batchnorm": False, "box_supervised": False}
    else:
        folder = find_checkpoint(start)
        card = read_card(folder)
        _check_architecture(card, base)
        changes |= {"pretrained": str(folder.resolve())}
        limits.append(f"Started from the weights of {card.title}, whose terms apply as well: {card.licence}")
    table = base.model_dump(mode="json") | changes | {"limits": limits}
    return parse_recipe({key: value for key, value in table.items() if value is not None})


def _check_architecture(card: Card, base: Recipe) -> None:
    if card.architecture != base.architecture:
        raise RecipeError(
            f"The checkpoint {card.name} is a {card.architecture}, the recipe trains a {base.architecture}.",
            "Choose a checkpoint or a recipe of the same architecture.",
        )
