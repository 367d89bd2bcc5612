"""Card: what travels with the weights. No torch, so that lists of models open at once."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import CheckpointError
from core.files import read_json, write_json
from core.folders import checkpoints_folder
from core.imaging.input import InputSpec
from core.labels import LabelSpace

Calibration = Literal["temperature", "temperature and bias"]


class Estimate(BaseModel):
    """A measured number: never without its interval and its n."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str
    n: int
    n_patients: int | None = None
    undefined: str | None = None  # the reason, where value is None

    @model_validator(mode="after")
    def _check(self) -> "Estimate":
        if (self.value is None) != (self.undefined is not None):
            raise ValueError("an estimate has either a value or the reason why it has none")
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError("an interval has two ends, and a value")
        return self

    def interval(self, digits: int = 2) -> str:
        """The 95 % interval, e.g. "0.58 to 0.85", or a dash."""
        return "–" if self.low is None or self.high is None else f"{_rounded(self.low, digits)} to {_rounded(self.high, digits)}"

    def text(self, digits: int = 2) -> str:
        """Value and interval, or why there is none, e.g. "0.73 (0.58 to 0.85)"."""
        if self.value is None:
            return f"undefined ({self.undefined})"
        return f"{_rounded(self.value, digits)} ({self.method if self.low is None else self.interval(digits)})"

    def percent(self) -> str:
        """A proportion as a percentage with its interval, e.g. "73%, 95 % interval 58% to 85%"."""
        if self.value is None:
            return f"undefined: {self.undefined}"
        if self.low is None or self.high is None:
            return f"{self.value:.0%}, {self.method}"
        return f"{self.value:.0%}, 95 % interval {self.low:.0%} to {self.high:.0%}"


def _rounded(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"  # adding 0 turns −0 into 0


WeightsDtype = Literal["float32", "float16"]


class Weights(BaseModel):
    """The file that holds the parameters. `signature` ties it to label space and input, see `core.models.checkpoint.signature`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = "weights.safetensors"
    sha256: str
    signature: str
    dtype: WeightsDtype = "float32"
    parameters: int


class DataUse(BaseModel):
    """What the model was trained, tuned and tested on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: tuple[str, ...]
    terms: str
    synthetic: bool  # True: phantoms alone
    manifest_sha256: str
    split_sha256: str
    images: dict[str, int]  # split → n
    patients: dict[str, int]
    classes: dict[str, dict[str, int]]  # split → class → n
    waiver: str | None = None


class Card(BaseModel):
    """Everything needed to use a checkpoint honestly. `name` is the folder's name.

    Attributes
    ----------
    architecture : str
        A row of core.models.architectures.
    temperature : float
        Divides the logits before softmax or sigmoid; fitted on validation.
    calibration : str
        What was fitted on validation; a bias is part of the weights of the last layer.
    threshold : float
        On the calibrated score; chosen on validation by the rule in `threshold_rule`.
    metrics : dict of str to Estimate
        On the test split; keys follow scikit-learn's names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    name: str
    title: str
    summary: str
    architecture: str
    dropout: float
    label_space: LabelSpace
    input: InputSpec
    temperature: float = Field(gt=0)
    calibration: Calibration = "temperature"
    threshold: float = Field(ge=0, le=1)
    threshold_rule: str
    data: DataUse
    metrics: dict[str, Estimate]
    majority_baseline: Estimate
    intended_use: str
    limits: tuple[str, ...]
    licence: str
    weights: Weights
    initial_weights: str  # "random", or the origin and licence of what training started from
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # of the training's arithmetic; figures and readings are 32 bit
    versions: dict[str, str]
    created: str  # date, ISO 8601
    recipe: dict

    @property
    def synthetic(self) -> bool:
        """True where the model knows phantoms alone."""
        return self.data.synthetic


def read_card(folder: Path) -> Card:
    """The card of a checkpoint folder.

    Raises
    ------
    CheckpointError
        If there is no card.json (the checkpoint is not complete) or it is not valid.
    """
    path = Path(folder) / "card.json"
    if not path.is_file():
        raise CheckpointError(
            f"The checkpoint {Path(folder).name} has no card.json, so it is not complete.", "Train it again, or copy the whole folder."
        )
    try:
        return Card.model_validate(read_json(path))
    except (ValidationError, ValueError) as e:
        first = str(e).splitlines()[0]
        raise CheckpointError(
            f"The card of the checkpoint {path.parent.name} is not valid ({first}).", "Copy the checkpoint again from its source."
        ) from e


def write_card(folder: Path, card: Card) -> None:
    """Write card.json; the last file of a checkpoint, its mark of completion."""
    write_json(Path(folder) / "card.json", card.model_dump(mode="json"))


def find_checkpoint(name_or_path: str | Path) -> Path:
    """Folder of a checkpoint given by the name of a shipped one or by its own path.

    Raises
    ------
    CheckpointError
        If neither exists; the shipped ones are listed.
    """
    for folder in (checkpoints_folder() / str(name_or_path), Path(name_or_path)):
        if (folder / "card.json").is_file():
            return folder
    known = ", ".join(sorted(p.parent.name for p in checkpoints_folder().glob("*/card.json"))) or "none"
    raise CheckpointError(
        f"There is no checkpoint {str(name_or_path)!r}.", f"Choose one of: {known}; or give the path of a folder with a card.json."
    )


def list_cards(root: Path | None = None) -> list[Card]:
    """Cards of all complete checkpoints under `root`, by name. A folder with a broken card is ignored."""
    cards = []
    for path in sorted((root or checkpoints_folder()).glob("*/card.json")):
        try:
            cards.append(read_card(path.parent))
        except CheckpointError:
            continue
    return cards
