"""Recipe: everything a training needs, in TOML. The same TOML comes out that went in."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import RecipeError
from core.imaging.input import InputSpec
from core.inference.threshold_rule import ThresholdRule
from core.labels import SPACES, LabelSpace

RECIPES = Path(__file__).parent / "recipes"


class Augment(BaseModel):
    """Random changes of a training image, each the largest in its direction.

    The defaults are anatomically possible. The mirrors, quarter turns and black rectangles are not; they
    are here because the seed systems used them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotation: float = 10.0  # degrees
    scale: float = 0.10  # share
    shift: float = 0.04  # share of the grid
    gamma: float = 0.25  # brightness to a power between 1 / (1 + gamma) and 1 + gamma
    noise: float = 0.0  # standard deviation of added noise
    minority_strength: float = 1.0  # factor for all classes but the most frequent one: class-aware augmentation
    mirror: bool = False  # left and right
    upside_down: bool = False
    quarter_turns: bool = False  # the turned image is stretched back to the grid
    erase: int = 0  # black rectangles, at most


@dataclass(frozen=True)
class Augmentation:
    """The changes of a training part from epoch to epoch.

    Attributes
    ----------
    limits : Augment
    seed : int
    copies : int
        Changed copies of an image, shown in turn; 0: each epoch has a new one.
    """

    limits: Augment
    seed: int
    copies: int = 0

    def copy(self, epoch: int) -> int:
        """Which changed copy of each image an epoch shows."""
        return epoch % self.copies if self.copies else epoch

    def rng(self, epoch: int, image: int) -> np.random.Generator:
        """What decides the changes of an image; depends on seed, copy and image alone."""
        return np.random.default_rng((self.seed, self.copy(epoch), image))

    def strengths(self, truth: np.ndarray) -> np.ndarray:
        """Factor of each image's changes, float (N,): 1 in the most frequent class, `minority_strength` elsewhere."""
        if truth.ndim > 1 or not len(truth):
            return np.ones(len(truth))
        return np.where(truth == np.bincount(truth).argmax(), 1.0, self.limits.minority_strength)


class Recipe(BaseModel):
    """What to train, on which input, how long, and how to choose. Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    title: str
    summary: str
    label_space: Literal["triage", "tumour", "suspicion", "density", "density8", "tissue", "tissue6", "calcification", "calcification4"]
    architecture: str
    pretrained: bool | str = False
    recalibrate_batchnorm: bool = False  # BatchNorm statistics from the training images first; for weights with folded norms
    dropout: float = Field(0.2, ge=0, lt=1)
    unfreeze: int | None = None  # last stages of the trunk that learn; left out: all
    unfreeze_epoch: int | None = None  # epochs after which all stages learn; left out: never
    box_supervised: bool = False  # nothing of the trunk learns; the head is fitted to the source's boxes (core.training.box_supervision)
    logistic_head: bool = False  # only the last layer learns, by logistic regression (core.training.linear_head)
    cached_augmentations: int = Field(
        0, ge=0
    )  # changed copies of an image, whose maps from frozen stages are kept; 0: ever new ones, nothing kept
    input: InputSpec = InputSpec()
    augment: Augment = Augment()
    folds: int = Field(6, ge=3)  # one for test, one for validation, the rest for training
    fold: int = Field(0, ge=0)  # which of them is the test part
    epochs: int = Field(10, ge=1)
    patch_epochs: int = Field(0, ge=0)  # of them, the first so many learn from patches (core.training.patches); the last never does
    patch_size: tuple[int, int] = (224, 224)  # rows, columns, in pixels of the grid
    batch_size: int = Field(16, ge=1)
    accumulate: int = Field(1, ge=1)  # batches whose gradients are added up before a step
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    momentum: float = Field(0.9, ge=0, lt=1)  # of sgd
    lr: float = Field(3e-4, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    schedule: Literal["cosine", "plateau", "step", "constant"] = "cosine"
    decay: float = Field(0.3, gt=0, lt=1)  # what "plateau" and "step" multiply the learning rate by
    decay_epochs: int = Field(30, ge=1)  # "step" does so after this many epochs
    patience: int = Field(5, ge=1)  # epochs without a better validation AUROC before training stops
    balanced_sampling: bool = False
    class_weights: bool = True
    label_smoothing: float = Field(0.05, ge=0, lt=1)
    ema: float = Field(0.0, ge=0, lt=1)  # decay of the averaged weights that are validated and kept; 0 = off
    threshold_rule: str = "youden"  # as `ThresholdRule.parse` reads it
    tensorboard: bool = False  # events next to history.csv; needs the package tensorboard
    compile: bool = False  # torch.compile: pays on a GPU only
    precision: Literal["32-true", "bf16-mixed", "auto"] = "auto"  # auto: bf16 where it is fast (core.training.fabric)
    workers: int = Field(0, ge=0)
    seed: int = 0
    weights_dtype: Literal["float32", "float16"] = "float16"
    intended_use: str
    limits: tuple[str, ...]

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        ThresholdRule.parse(self.threshold_rule)
        fits = all(0 < patch <= side for patch, side in zip(self.patch_size, self.input.size, strict=True))
        if self.patch_epochs and not fits:
            raise ValueError(f"patch_size {list(self.patch_size)} does not fit the grid {list(self.input.size)}")
        if self.logistic_head and (self.unfreeze is not None or self.space.kind != "multiclass"):
            raise ValueError("logistic_head lets no stage learn and needs classes that exclude each other: leave out unfreeze")
        some_learn = self.unfreeze is None or self.unfreeze_epoch is not None or self.patch_epochs
        if self.cached_augmentations and some_learn and not self.logistic_head:
            raise ValueError("cached_augmentations needs stages that stay frozen: set unfreeze, leave out unfreeze_epoch and patch_epochs")
        if self.box_supervised and not self.architecture.endswith("_cells"):
            raise ValueError(
                f"box_supervised needs an architecture whose head judges cells, such as mobilenet_v2_cells, not {self.architecture}"
            )
        return self

    @property
    def epochs_on_patches(self) -> int:
        """`patch_epochs`, but never all epochs: the weights are chosen after an epoch on whole grids."""
        return min(self.patch_epochs, self.epochs - 1)

    @property
    def space(self) -> LabelSpace:
        """The label space by its name."""
        return SPACES[self.label_space]

    @property
    def augmentation(self) -> Augmentation:
        """The changes of the training images."""
        return Augmentation(self.augment, self.seed, self.cached_augmentations)

    def to_toml(self) -> str:
        """The recipe as TOML; TOML has no null, so absent values are left out."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))


def load_recipe(name_or_path: str | Path, overrides: list[str] | None = None) -> Recipe:
    """A shipped recipe by name, or a TOML file; `overrides` are "key=value" with dots for tables, e.g. "input.size=[256,192]".

    Raises
    ------
    RecipeError
        If there is no such recipe, it is not TOML, a key is unknown (the known ones are listed), or a value is wrong.
    """
    shipped = RECIPES / f"{name_or_path}.toml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        raise RecipeError(
            f"There is no recipe {str(name_or_path)!r}.", f"Choose one of: {', '.join(shipped_recipes())}; or name a TOML file."
        )
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise RecipeError(f"{path.name} is not valid TOML ({e}).", "Correct the file.") from e
    for override in overrides or []:
        _set(table, override)
    return parse_recipe(table)


def parse_recipe(table: dict[str, Any]) -> Recipe:
    """A Recipe from a table, e.g. the one in a card; errors as in `load_recipe`."""
    try:
        return Recipe.model_validate(table)
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        if not where:  # a rule about several keys, which it names
            raise RecipeError(f"The recipe is wrong: {first['msg'].removeprefix('Value error, ')}.", "Correct the recipe.") from e
        if first["type"] == "extra_forbidden":
            known = Augment if where.startswith("augment.") else InputSpec if where.startswith("input.") else Recipe
            raise RecipeError(f"The key {where!r} is unknown.", f"Known keys: {', '.join(known.model_fields)}.") from e
        raise RecipeError(f"The value of {where!r} is wrong: {first['msg'].lower()}.", "Correct the recipe.") from e


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the project."""
    return sorted(p.stem for p in RECIPES.glob("*.toml"))


def _set(table: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    if not sign:
        raise RecipeError(f"{override!r} is no KEY=VALUE.", "Write e.g. --set epochs=3.")
    try:
        value = tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word stands for itself
    *tables, last = key.strip().split(".")
    for name in tables:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise RecipeError(f"{name!r} in {override!r} is no table.", "Correct the key.")
    table[last] = value
