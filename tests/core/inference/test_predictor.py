import threading

import numpy as np
import pytest
import torch

from core.device import Device, pick
from core.errors import CheckpointError, ScanError
from core.imaging.filters import apply_filter
from core.inference.predictor import Predictor
from core.labels import TRIAGE
from core.models.architectures import build
from core.scans.quality import assess


def test_score_is_the_calibrated_logit_worked_by_hand(predictor, scan_of):
    scan = scan_of()
    array, _ = predictor.card.input.prepare(scan)
    mean = float(array.mean())
    prediction = predictor.predict(scan)
    assert prediction.logits == pytest.approx((-5 * mean, 5 * mean), abs=1e-5)
    # Two classes at temperature 2: sigmoid of half the difference of the logits.
    assert prediction.score == pytest.approx(1 / (1 + np.exp(-5 * mean)), abs=1e-6)
    assert prediction.decision == "positive"
    assert prediction.scan_sha256 == scan.sha256
    assert not prediction.input_overridden


def test_another_filter_is_off_the_recipe(predictor, scan_of):
    spec = predictor.card.input.with_filter("laplacian")
    assert predictor.predict(scan_of(), input=spec).input_overridden
    with pytest.raises(CheckpointError, match="channels"):
        predictor.predict(scan_of(), input=spec.model_copy(update={"channels": 3}))


@pytest.mark.parametrize("chest_right", [False, True])
def test_the_peak_goes_into_the_planted_patch(predictor, scan_of, chest_right):
    lesion = (300, 350 if chest_right else 120, 30)
    scan = scan_of(lesion, chest_right=chest_right)
    s = predictor.explain(scan)
    assert s.geometry.flipped is chest_right
    assert np.hypot(s.peak_point[0] - lesion[0], s.peak_point[1] - lesion[1]) < lesion[2]
    hottest = np.unravel_index(int(np.argmax(s.heat)), s.heat.shape)
    assert np.hypot(hottest[0] - lesion[0], hottest[1] - lesion[1]) < lesion[2]
    crop = s.geometry.crop
    outside = np.ones(scan.shape, bool)
    outside[crop.top : crop.bottom, crop.left : crop.right] = False
    assert outside.any()
    assert not s.heat[outside].any()


def test_an_all_zero_map_says_so(predictor, scan_of):
    against = predictor.explain(scan_of(), "no tumour")  # brightness speaks against it everywhere
    assert against.peak == 0
    assert "No positive evidence" in against.sentence
    assert not against.relative().any()


def test_peak_is_raw_and_one_scale_keeps_the_order(predictor, scan_of):
    strong, weak = predictor.explain(scan_of((300, 120, 40))), predictor.explain(scan_of((300, 120, 9)))
    assert strong.peak > weak.peak > 0
    scale = strong.peak
    assert weak.relative(scale).max() == pytest.approx(weak.heat.max() / strong.peak)
    assert weak.relative().max() > weak.relative(scale).max()


def test_raw_map_is_the_formula(predictor, scan_of):
    """Grad-CAM by hand: the gradient of the tumour logit is weight / cells everywhere, so the map is activation × weight / cells."""
    scan = scan_of()
    array, _ = predictor.card.input.prepare(scan)
    tiles = torch.nn.functional.avg_pool2d(torch.from_numpy(array), 8).numpy()[0]
    s = predictor.explain(scan, "tumour")
    np.testing.assert_allclose(s.raw, tiles * 5 / tiles.size, rtol=1e-4, atol=1e-7)


def test_read_and_explain_agrees_with_both(card_of, scan_of):
    torch.manual_seed(0)
    spec = {"label_space": TRIAGE.model_copy(update={"positive": "abnormal"}), "architecture": "vgg_bn_3"}
    predictor = Predictor(card_of(**spec), build("vgg_bn_3", 3, in_channels=1), pick("cpu"))
    prediction, maps = predictor.predict_and_explain(scan_of())
    assert set(maps) == {"normal", "benign", "malignant", "abnormal"}
    alone = Predictor(predictor.card, predictor.model, pick("cpu"))
    assert alone.predict(scan_of()).logits == pytest.approx(prediction.logits, abs=1e-5)
    for label, s in maps.items():
        np.testing.assert_allclose(s.raw, alone.explain(scan_of(), label).raw, atol=1e-6)


def _state(model):
    return (
        sum(len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks) for m in model.modules()),
        [p.grad for p in model.parameters() if p.grad is not None],
        [m.training for m in model.modules()],
        [p.requires_grad for p in model.parameters()],
    )


def test_nothing_leaks_even_when_explaining_fails(predictor, scan_of, monkeypatch):
    before = _state(predictor.model)
    predictor.predict_and_explain(scan_of())
    assert _state(predictor.model) == before
    with pytest.raises(CheckpointError, match="Choose one of: no tumour, tumour"):
        predictor.explain(scan_of(), "cyst")

    def broken(*_):
        raise IndexError("inside the library")

    with monkeypatch.context() as patch:
        patch.setattr("pytorch_grad_cam.GradCAM.get_cam_weights", broken)
        with pytest.raises(IndexError):
            predictor.explain(scan_of())
    assert _state(predictor.model) == before
    assert predictor.explain(scan_of()).peak > 0


def test_four_threads_on_one_reader_give_the_single_thread_maps(card_of, scan_of):
    torch.manual_seed(0)
    predictor = Predictor(card_of(architecture="vgg_bn_3"), build("vgg_bn_3", 2, in_channels=1), pick("cpu"))
    scans = [scan_of((200 + 20 * i, 60 + 20 * i, 15)) for i in range(6)]
    alone = [predictor.predict_and_explain(s) for s in scans]
    wrong = []

    def work(start):
        for k in range(12):
            i = (start + k) % len(scans)
            prediction, maps = predictor.predict_and_explain(scans[i])
            same = prediction.logits == alone[i][0].logits
            if not same or any(not np.array_equal(maps[x].raw, alone[i][1][x].raw) for x in maps):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_domains_do_not_mix_unless_asked(card_of, model_of, scan_of):
    phantom_model = Predictor(card_of(synthetic=True), model_of(), pick("cpu"))
    with pytest.raises(CheckpointError, match="knows phantoms alone"):
        phantom_model.predict(scan_of())
    with pytest.raises(CheckpointError, match="trained on clinical mammograms"):
        Predictor(card_of(), model_of(), pick("cpu")).explain(scan_of(synthetic=True))
    assert Predictor(card_of(synthetic=True), model_of(), pick("cpu"), any_domain=True).predict(scan_of()).score > 0.5


def test_what_cannot_be_assessed_is_not_scored(predictor, scan_of, monkeypatch):
    monkeypatch.setattr("core.inference.predictor.assess", assess)  # the real gate
    for attempt in (predictor.predict, predictor.explain, predictor.predict_and_explain):
        with pytest.raises(ScanError, match="Cannot assess"):
            attempt(scan_of())


class _SmallMemory(torch.nn.Module):
    """A trunk that runs out of memory on batches larger than `limit`, `times` times."""

    def __init__(self, trunk, limit, times=99):
        super().__init__()
        self.trunk, self.limit, self.times, self.sizes = trunk, limit, times, []

    def forward(self, x):
        self.sizes.append(len(x))
        if len(x) > self.limit and self.times:
            self.times -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.trunk(x)


@pytest.fixture
def on_pretended_cuda(monkeypatch):
    """Readers whose device says "cuda" while everything stays on the CPU."""
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(Predictor, "_move", lambda self: None)
    monkeypatch.setattr(Predictor, "_forward", lambda self, batch: self.model.trunk(batch))
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *_, **__: self)
    return Device(torch.device("cuda"), torch.float32, "pretended")


def test_out_of_memory_splits_the_batch(on_pretended_cuda, card_of, model_of, scan_of):
    predictor = Predictor(card_of(), model_of(), on_pretended_cuda)
    batch = np.stack([predictor.card.input.prepare(scan_of((300, c, 20)))[0] for c in (80, 120, 160)])
    expected = predictor.logits(batch)
    memory = _SmallMemory(predictor.model.trunk, limit=1)
    predictor.model.trunk = torch.nn.Sequential(memory)
    np.testing.assert_allclose(predictor.logits(batch), expected, atol=1e-6)
    assert memory.sizes == [3, 2, 1, 1, 1]
    assert "split" in predictor.notes[0]
    assert predictor.device.device.type == "cuda"


def test_out_of_memory_on_one_image_falls_back_to_the_cpu_and_says_so(on_pretended_cuda, card_of, model_of, scan_of):
    expected = Predictor(card_of(), model_of(), pick("cpu")).predict(scan_of())
    predictor = Predictor(card_of(), model_of(), on_pretended_cuda)
    predictor.model.trunk = torch.nn.Sequential(_SmallMemory(predictor.model.trunk, limit=0, times=1))
    prediction = predictor.predict(scan_of())
    assert prediction.logits == pytest.approx(expected.logits, abs=1e-6)
    assert predictor.device.device.type == "cpu"
    assert any("on the CPU" in n for n in prediction.notes)


def test_pick_gives_its_reason(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick("cuda").device.type == "cpu"
    assert "cuda was requested" in pick("cuda").reason
    assert pick().dtype == torch.float32


def test_a_grid_of_ones_own_is_off_recipe_and_reads_what_it_is_given(predictor, scan_of):
    scan = scan_of()
    plain, _ = predictor.predict_and_explain(scan)
    same, maps = predictor.predict_grid(scan, lambda grid: grid)
    assert same.score == pytest.approx(plain.score, abs=1e-6)
    assert same.input_overridden
    assert not plain.input_overridden
    assert set(maps) == set(predictor.labels)
    spec = predictor.card.input.with_filter("mean")
    by_name, by_name_maps = predictor.predict_and_explain(scan, input=spec)
    by_hand, by_hand_maps = predictor.predict_grid(scan, lambda grid: apply_filter(grid, "mean"))
    assert by_hand.logits == pytest.approx(by_name.logits, abs=1e-6)
    for label in maps:
        np.testing.assert_allclose(by_hand_maps[label].raw, by_name_maps[label].raw, atol=1e-6)
    assert predictor.predict(scan).score == plain.score  # the image by hand is not kept for the scan


def test_a_reading_tells_how_long_it_took(predictor, scan_of):
    assert predictor.predict(scan_of()).milliseconds > 0
    assert predictor.predict_and_explain(scan_of())[0].milliseconds > 0
