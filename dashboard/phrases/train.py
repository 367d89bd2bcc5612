"""Wording of Train on your data."""

from core.training.runs import State

TITLE = "Train on your data"
ABOUT = "A recipe for your folder, and a training in a process of its own. It goes on when you close this page."
NEW, RUNS = "New training", "Trainings"
RECIPE, RECIPE_HELP = "Settings of", "A shipped recipe, or the path of your own TOML file, which is used as it is."
START_FROM = "Start from"
START_FROM_HELP = "Weights before the first step. A checkpoint's title, intended use and limits are not inherited; its licence terms are."
RANDOM, IMAGENET = "random weights", "ImageNet weights{of} (installed)"
EPOCHS, NAME = "Epochs", "Name"
NAME_HELP = "Of the run and its model: lower-case letters, digits and hyphens."
OWN_RECIPE = "Your own recipe, used as it is."
WAIVE_AUDIT = "Reason to train in spite of the audit"
WAIVE_AUDIT_HELP = "Leave empty unless the audit objects. Card and report repeat it."
COMMAND = "The same in a terminal"
START, STOP, RESUME, AGAIN = "Start training", "Stop", "Resume", "Start again"
BUSY = "{name} is running; one training at a time."
NOT_LOOPBACK = (
    "Trainings are started, stopped and promoted on this machine only. The dashboard listens on an address that others reach; "
    "run the command in a terminal, or start the dashboard on 127.0.0.1."
)
STATES: dict[State, str] = {"running": "running", "stopped": "stopped", "failed": "failed", "complete": "complete"}
PREPARING = "Auditing and decoding images"
PROGRESS = "Epoch {done} of {epochs}, {left} left"
STOPPED = "Stopped at epoch {done} of {epochs}. Resume continues after it."
STOPPED_EARLY = "Stopped before the first epoch ended."
COMPLETE = "Complete after {done} epochs. Test: AUROC {auroc}; {images} images of {patients} patients. Baseline accuracy {baseline}."
LOG = "Log"
REPORT = "Report (HTML)"
PROBLEM_TITLE = "Not fit for use"
WAIVE, WAIVE_HELP = "Reason to promote nonetheless", "The card's limits repeat the problems and this reason."
PROMOTE, PROMOTE_NAME = "Promote to checkpoints", "Name of the checkpoint"
PROMOTED = "Promoted as {name}. It is on the Models page and in Read."
MINUTES, SECONDS = "{n:.0f} min", "{n:.0f} s"
CURVE_ALT = "{column} by epoch of {name}"


def starting_point(name: str) -> str:
    """Weights to start from, by their name in `core.training.own_recipe`."""
    if name == "random":
        return RANDOM
    network = name.removeprefix("timm:")
    return IMAGENET.format(of="" if name == "imagenet" else f" of {network}") if name == "imagenet" or name != network else name


def duration(seconds: float | None) -> str:
    """Rounded for people; a dash where nothing is known yet."""
    if seconds is None:
        return "–"
    return MINUTES.format(n=seconds / 60) if seconds >= 90 else SECONDS.format(n=seconds)
