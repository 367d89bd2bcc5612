"""In which precision a training runs, and that nothing else does."""

import pytest
import torch

from core.datasets.phantom import make
from core.errors import RecipeError
from core.evaluation.predictions import logits_of, read_predictions
from core.models.card import read_card
from core.models.checkpoint import load
from core.training.data import prepare
from core.training.experiment import train
from core.training.fabric import fabric_of, precision_of
from core.training.recipe import load_recipe

WAIVER = "a dozen exams are too few for the usual checks"
SMALL = ["pretrained=false", "architecture=cancerdetectnet", "epochs=1", "input.size=[64,48]", "folds=3", "precision=bf16-mixed"]


def test_auto_means_bfloat16_where_processor_and_architecture_gain(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for native in ({"avx512_bf16": True}, {"amx_bf16": True}, {"avx512_bf16": False}, {}):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda native=native: native)
        expected = "bf16-mixed" if any(native.values()) else "32-true"
        assert precision_of("auto", "resnet18") == expected
        assert precision_of("auto", "mobilenet_v2") == "32-true"  # mobilenet_v2 is slower in bfloat16
        assert precision_of("bf16-mixed", "mobilenet_v2") == "bf16-mixed"


def test_the_card_states_the_precision_and_figures_are_32_bit(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "cache"))
    exams = make(tmp_path / "p", 12, 3, size="small", formats=("png",))
    recipe = load_recipe("mias-resnet18", SMALL)
    folder = train(recipe, exams, tmp_path, waive=WAIVER)
    assert read_card(folder).precision == "bf16-mixed"
    test = prepare(recipe, exams, WAIVER).part("test")
    x, model = torch.stack([torch.from_numpy(test[i][0]) for i in range(len(test))]), load(folder).model
    frame = read_predictions(folder, recipe.space)
    written = torch.from_numpy(logits_of(frame[frame["split"] == "test"], recipe.space)).float()
    with torch.no_grad():
        torch.testing.assert_close(model(x), written, rtol=1e-5, atol=1e-5)
        with torch.autocast("cpu", torch.bfloat16):
            assert (model(x).float() - written).abs().max() > 1e-4


def test_tasks_of_srun_that_do_not_share_the_work_are_refused(monkeypatch):
    for key in ("WORLD_SIZE", "RANK"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("SLURM_NTASKS", "4")
    assert fabric_of().world_size == 1  # an allocation for four tasks, without srun
    monkeypatch.setenv("SLURM_PROCID", "2")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    assert fabric_of().world_size == 1  # srun --ntasks=1 within it
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "4")
    with pytest.raises(RecipeError, match=r"srun started 4 tasks.*torchrun"):
        fabric_of()
