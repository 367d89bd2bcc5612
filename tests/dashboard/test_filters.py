"""Compare and what the network saw, through AppTest; the Predictor answers by the filter alone."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.imaging.filters import FILTERS, KERNELS
from core.imaging.similarity import Similarity
from dashboard import phrases
from dashboard.figures.brightness import histograms
from dashboard.figures.image import row_figure
from dashboard.filters import cards, kernel, planted_contrast, variants
from dashboard.images.difference import BRIGHTER, DARKER, SAME, difference
from dashboard.images.outline import outlines
from dashboard.phrases import filters as text
from dashboard.phrases import read as text_read
from dashboard.session import uploads


def words(app):
    kinds = (app.markdown, app.caption, app.text, app.info, app.warning, app.error)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def html(app):
    return "\n".join(h.proto.body for h in app.get("html"))


@pytest.fixture
def compare(app, phantom):
    """Compare with one phantom open."""
    app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}").upload("a.dcm", phantom)
    app.run()
    return app.switch_page("views/filters.py").run()


def typed(monkeypatch, rows):
    """What the table holds: AppTest cannot type into it."""
    real = kernel.st.data_editor

    def editor(data, **options):
        real(data, **options)
        return data if rows is None else data * 0 + np.asarray(rows)

    monkeypatch.setattr(kernel.st, "data_editor", editor)


def row(app, title=text.CUSTOM_TITLE):
    rows = app.dataframe[-1].value
    return rows[rows["filter"] == title].iloc[0]


def test_likeness_and_time_stand_beside_the_score(compare):
    rows = compare.dataframe[-1].value
    assert rows["PSNR"][0] == "undefined: identical"
    assert all(p.endswith("dB") for p in rows["PSNR"][1:])
    assert rows["SSIM"][0] == pytest.approx(1)
    assert (rows["SSIM"][1:] < 1).all()
    assert (rows["filter ms"] > 0).all()
    assert rows["prediction ms"].tolist() == [12.0] * 5
    assert "CNR" not in rows


def test_an_open_read_shows_images_only_until_it_is_skipped(compare):
    compare.session_state["worklist"].settings.independent_read = "always"
    compare.run()
    assert text.HIDDEN in words(compare)
    assert list(compare.dataframe[-1].value) == ["filter", "training filter", "SSIM", "PSNR", "filter ms"]
    assert len(compare.main.get("image")) == 4
    assert "threshold" not in html(compare)
    assert not {"filters_heat", "filters_contrast", "filters_curves"} & {t.key for t in compare.toggle}
    compare.button(key="skip_and_compare").click().run()
    assert text.HIDDEN not in words(compare)
    assert compare.dataframe[-1].value["score"].tolist() == [0.7, 0.6, 0.5, 0.2, 0.1]
    assert html(compare).count('role="img"') == 5  # a bar a filter, each with its threshold
    assert html(compare).count(text.THRESHOLD.format(value="0.40")) == 5


def test_read_skips_to_the_filters_with_one_click(app, phantom):
    app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}").upload("a.dcm", phantom)
    app.session_state["worklist"].settings.independent_read = "always"
    app.run()
    assert text_read.HIDDEN in words(app)
    app.button(key="skip_and_compare").click().run()
    assert not app.exception
    assert f"{text.TITLE}: R MLO" in [s.value for s in app.subheader]
    assert text.HIDDEN not in words(app)
    assert app.dataframe[-1].value["score"].tolist() == [0.7, 0.6, 0.5, 0.2, 0.1]


def test_each_filter_has_a_sentence_and_a_kernel_in_whole_numbers(compare):
    assert all(text.SENTENCES[name] in words(compare) for name in FILTERS)
    assert html(compare).count("<table") == 4  # CLAHE is no convolution
    assert "× 1/16" in html(compare)
    assert "× 1/9" in html(compare)


def test_whole_numbers():
    for kernel_, divisor in ((KERNELS["gaussian"], 16), (KERNELS["mean"], 9), (KERNELS["laplacian"], 1)):
        entries, found = cards.whole_numbers(kernel_)
        assert found == divisor
        assert entries / divisor == pytest.approx(kernel_)
        assert (entries == np.rint(entries)).all()
    odd = np.array([[0.3, 0, 0], [0, 0.71, 0], [0, 0, 0]])
    assert cards.whole_numbers(odd) == (pytest.approx(odd), 1)


def test_the_difference_is_signed_and_symmetric():
    original = np.full((40, 30), 0.5, np.float32)
    image = original.copy()
    image[:10], image[30:] = 0.75, 0.25
    found = difference(image, original)
    assert found.limit == 0.25
    pixels = cv2.imdecode(np.frombuffer(found.png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert [pixels[r, 0].tolist() for r in (5, 20, 35)] == [list(BRIGHTER), pytest.approx(list(SAME), abs=2), list(DARKER)]
    assert difference(original, original) is None


def test_psnr_in_words():
    assert variants.psnr(Similarity(0.9, 31.25)) == "31.2 dB"
    assert variants.psnr(Similarity(1.0, None)) == "undefined: identical"


def test_an_own_kernel_joins_the_five(compare, monkeypatch):
    typed(monkeypatch, None)
    compare.toggle(key="filters_kernel").set_value(True).run()
    assert not compare.exception
    assert row(compare)["PSNR"] == "undefined: identical"  # the identity
    assert row(compare)["score"] == pytest.approx(0.25)
    assert row(compare)["shift"] == pytest.approx(0.25 - 0.7)
    assert row(compare)["training filter"] == text.NO
    assert text.SUM_ONE in words(compare)
    compare.selectbox(key="kernel_preset").select("edges").run()
    assert text.SUM_ZERO in words(compare)
    assert row(compare)["score"] == 0
    compare.toggle(key="kernel_normalise").set_value(True).run()
    assert text.SUM_ZERO_NORMALISED in words(compare)
    compare.toggle(key="filters_heat").set_value(True).run()
    drawn = json.loads(next(c.proto.spec for c in compare.get("plotly_chart") if '"images"' in c.proto.spec))
    assert len(drawn["layout"]["images"]) == 12  # six images, a heatmap over each


@pytest.mark.parametrize("count", [1, 7, 11])
def test_any_number_of_filters_can_be_drawn(count):
    """No chart of the comparison counts on five filters."""
    assert len(row_figure((4, 3), [(f"filter {n}", "data:,", None) for n in range(count)], 0.5, 400, "").layout.images) == count
    assert len(histograms({f"filter {n}": np.full((4, 4), 0.5) for n in range(count)}).data) == count


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (np.zeros((3, 3)), "All entries of the kernel are 0"),
        ([[1, 1, 1], [1, np.nan, 1], [1, 1, 1]], "empty or no finite number"),
    ],
)
def test_an_invalid_kernel_is_explained_and_the_filters_stay(compare, monkeypatch, rows, says):
    typed(monkeypatch, rows)
    compare.toggle(key="filters_kernel").set_value(True).run()
    assert not compare.exception
    assert says in words(compare)
    assert len(compare.dataframe[-1].value) == 5


def test_normalising_divides_by_the_sum(compare, monkeypatch):
    typed(monkeypatch, np.full((3, 3), 2.0))
    compare.toggle(key="filters_kernel").set_value(True).run()
    assert text.SUM_OTHER.format(total=18) in words(compare)
    assert row(compare)["score"] == 1  # 18 × 0.25, cut off
    compare.toggle(key="kernel_normalise").set_value(True).run()
    assert text.SUM_NORMALISED.format(total=18) in words(compare)
    assert row(compare)["score"] == pytest.approx(0.25)


def test_every_preset_has_a_name():
    assert set(text.KERNELS) == set(kernel.PRESETS)


def test_curves_are_computed_when_asked(compare):
    charts = len(compare.get("plotly_chart"))
    compare.toggle(key="filters_curves").set_value(True).run()
    assert not compare.exception
    assert len(compare.get("plotly_chart")) == charts + 3
    assert "With gamma from 0.4 to 2.5 the score lies between" in words(compare)
    assert any(c.value.startswith("Clip limits below") for c in compare.caption)


def lesion_exam():
    """A view with a planted mass, and its truth."""
    for number in range(1, 40):
        view = draw(plan_exam(4, number), "R", "MLO", "small")
        if len(view.lesions) == 1 and view.lesions[0].kind.endswith("mass"):
            return view
    raise AssertionError("no phantom of the series has a mass")


def test_the_contrast_of_a_planted_lesion_is_shown_on_demand(app, monkeypatch):
    view = lesion_exam()
    read = uploads.read_case
    monkeypatch.setattr(uploads, "read_case", lambda name, data, truth=(): read(name, data, outlines(view)))
    app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}").upload("a.dcm", dicom_bytes(view))
    app.run()
    app.switch_page("views/filters.py").run()
    assert "CNR" not in app.dataframe[-1].value  # the place is not given away unasked
    app.toggle(key="filters_contrast").set_value(True).run()
    assert text.CNR_TOO_SMALL in words(app)  # on a grid of 64 × 48
    path = Path(os.environ["SECOND_READER_CHECKPOINTS"]) / "phantom-triage" / "card.json"
    card = json.loads(path.read_text())
    card["input"]["size"], card["weights"]["sha256"] = [256, 192], "1" * 64
    path.write_text(json.dumps(card))
    app.run()
    assert not app.exception
    rows = app.dataframe[-1].value
    assert rows["CNR"].notna().all()
    said = planted_contrast.sentence(outlines(view)[0].name, dict(zip(rows["filter"], rows["CNR"], strict=True)))
    assert said in words(app)


def test_no_truth_no_contrast(compare):
    assert "filters_contrast" not in [t.key for t in compare.toggle]


@pytest.mark.parametrize(("laplacian", "against"), [(1.5, "higher"), (0.5, "lower"), (1.0, "equal"), (None, "no comparison")])
def test_contrast_is_compared_by_size_not_by_sign(laplacian, against):
    found = dict(zip(phrases.FILTERS.values(), (1.0, 1.2, -1.3, laplacian, 0.8), strict=True))
    said = planted_contrast.sentence("round mass, 12 mm", found)
    assert f"({against})" in said
    assert f"{phrases.FILTERS['gaussian']} 1.20 (higher), {phrases.FILTERS['mean']} -1.30 (higher)" in said
    assert f"{phrases.FILTERS['clahe']} 0.80 (lower)" in said


def test_a_dark_cluster_is_explained():
    said = planted_contrast.sentence("amorphous calcifications, 16 mm", dict.fromkeys(phrases.FILTERS.values(), -0.5))
    assert text.CNR_DARKER in said
    assert text.CNR_CLUSTER in said


def test_a_flat_surrounding_has_no_ratio():
    assert phrases.UNDEFINED in planted_contrast.sentence("mass", dict.fromkeys(phrases.FILTERS.values()))


def network(app) -> str:
    """All that stands under "Model input" in the drawer of details."""
    app.session_state["detail_tabs"] = text_read.DETAIL_TABS[1]
    app.button(key="details").click().run()
    box = next(t for t in app.tabs if t.label == text_read.DETAIL_TABS[1])
    return "\n".join(str(e.value) for kind in (box.markdown, box.caption, box.text) for e in kind)


def test_the_way_to_the_tensor_has_its_numbers(app: AppTest, phantom):
    app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}").upload("a.dcm", phantom)
    app.run()
    seen = network(app)
    assert not app.exception
    for expected in ("1 Stored values", "7 Tensor", "64 rows × 48 columns", "3 × 64 × 48", "µm (est.)", text_read.TRUE_SIZE):
        assert expected in seen
    html = next(h for h in app.get("html") if "The tensor's first channel" in h.proto.body)
    assert 'width="48" height="64"' in html.proto.body


def test_it_stays_while_the_score_waits_and_tells_nothing_of_it(app: AppTest, phantom):
    app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}").upload("a.dcm", phantom)
    app.run()
    seen = network(app)
    app.selectbox(key="independent_read_mammograms").select("always").run()
    assert phrases.score(0.7, 0.4).partition(",")[0] not in words(app)
    assert network(app) == seen  # the same whether the model was heard or not
    for leak in ("score", "logit", "probability", "threshold", "0.70", "Grad-CAM", "malignant"):
        assert leak not in seen
