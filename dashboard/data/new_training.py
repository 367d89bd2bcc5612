"""The form of a new training: recipe, starting weights, audit, the command, and the button that starts it."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from core.errors import SecondReaderError
from core.training import runs
from core.training.own_recipe import RANDOM, recipe_for, starting_points
from core.training.recipe import Recipe, load_recipe, shipped_recipes
from dashboard.data.access import on_loopback
from dashboard.data.choose import choose, summary
from dashboard.data.folder import audit
from dashboard.phrases import train as text
from dashboard.session import worklist

if TYPE_CHECKING:
    from core.datasets.manifest import Manifest

DEFAULT_RECIPE = "roboflow-tumour"


class Plan(NamedTuple):
    """A recipe, and the commands that write and train it."""

    recipe: Recipe
    commands: tuple[str, ...]


def form(running: runs.Run | None) -> None:
    """Draw it; `running` is the training that must end first."""
    found = choose()
    if found is None:
        return
    folder, manifest, card = found
    summary(card)
    try:
        plan = _plan(folder, manifest)
    except SecondReaderError as e:
        st.error(e.what, icon=":material/error:")
        st.text(e.remedy)
        return
    audit(manifest, folder)
    waiver = st.text_input(text.WAIVE_AUDIT, key="train_waiver", help=text.WAIVE_AUDIT_HELP, max_chars=300).strip() or None
    last = runs.command(f"{plan.recipe.name}.toml" if plan.commands else st.session_state["train_recipe"], folder, plan.recipe.name, waiver)
    st.caption(text.COMMAND)
    st.code("\n".join([*plan.commands, last]), language="bash", wrap_lines=True)
    _start(plan.recipe, folder, waiver, running)


def _plan(folder: str, manifest: "Manifest") -> Plan:
    columns = st.columns([2, 2, 1, 2], vertical_alignment="bottom")
    shipped = shipped_recipes()
    first, own, typed = shipped.index(DEFAULT_RECIPE), on_loopback(), st.session_state.get("train_recipe")
    options = [*shipped, *([typed] if typed and typed not in shipped else [])]
    like = columns[0].selectbox(text.RECIPE, options, first, accept_new_options=own, key="train_recipe", help=text.RECIPE_HELP)
    like = like or DEFAULT_RECIPE  # the box was cleared
    base = load_recipe(like)
    if like not in shipped:
        st.caption(text.OWN_RECIPE)
        return Plan(base, ())
    points = starting_points(base.architecture)
    start = columns[1].selectbox(
        text.START_FROM,
        points,
        format_func=text.starting_point,
        key=f"train_start_{base.architecture}",
        help=text.START_FROM_HELP,
    )
    epochs = columns[2].number_input(text.EPOCHS, 1, 1000, base.epochs, key=f"train_epochs_{like}")
    name = columns[3].text_input(text.NAME, _free_name(manifest.space.name), key="train_name", help=text.NAME_HELP, max_chars=60)
    recipe = recipe_for(manifest, base, name, start or RANDOM, int(epochs))
    command = ["second-reader", "recipe", folder, "--name", name, "--like", like, "--start-from", start or RANDOM, "--epochs", str(epochs)]
    if manifest.space.name == st.session_state.get("data_space"):
        command += ["--label-space", manifest.space.name]
    return Plan(recipe, (shlex.join(command),))


def _free_name(space: str) -> str:
    taken = {run.name for run in runs.list_runs()}
    return next(name for n in range(1, 10_000) if (name := f"my-{space}-{n}") not in taken)


def _start(recipe: Recipe, folder: str, waiver: str | None, running: runs.Run | None) -> None:
    if not on_loopback():
        st.info(text.NOT_LOOPBACK, icon=":material/lock:")
        return
    if running is not None:
        st.caption(text.BUSY.format(name=running.name))
    if st.button(text.START, key="train_start", type="primary", icon=":material/play_arrow:", disabled=running is not None):
        try:
            run = runs.start(recipe, Path(folder), waiver=waiver)
        except (SecondReaderError, OSError) as e:
            st.error(str(e), icon=":material/error:")
            return
        worklist.set_state("train_open", run.name)
        st.rerun()
