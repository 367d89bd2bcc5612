"""What the Read page shows of an open case: the mammogram, its score against the threshold, and the heatmap when asked for."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.exams.exam import ExamView, exam_key, exam_score
from core.exams.prior import interval, prior_of
from dashboard import phrases, pixels
from dashboard.cache import checkpoints, predictions
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.images.render import export_png
from dashboard.read import image_details, independent_read, left_right, model_input, report_text, saving, score_context, structured_report
from dashboard.read.model_choice import choose
from dashboard.session import records, worklist
from dashboard.viewer import plain
from dashboard.viewer.component import viewer
from dashboard.viewer.study import ID, describe, joint_scales


def _score(prediction, card):
    st.markdown(f"**{phrases.score(prediction.score, prediction.threshold)}**")
    alt = phrases.score(prediction.score, prediction.threshold)
    static_chart(scores.score_bar(prediction.score, prediction.threshold), key="score", alt=alt)
    st.caption(f"Calibrated score for “{card.label_space.positive}”. Threshold: {card.threshold_rule}.")
    static_chart(scores.probabilities(prediction.probabilities), key="probabilities", alt="Probability of each class")


def _doubt(case, card, any_domain):
    """On demand: does the score survive small changes, and does it hang on the hot spot?"""
    st.button(
        "Test this reading",
        key="doubt",
        on_click=worklist.choices().doubted.add,
        args=(case.key,),
        width="stretch",
        help=phrases.DOUBT_HELP,
    )
    if case.key in worklist.choices().doubted:
        for sentence in predictions.doubt(case.scan, card, any_domain):
            st.caption(sentence)


def show(case):
    """Draw the open case: image at the left, score, controls and details at the right."""
    worklist.show(case)
    left, right = st.columns([7, 3], gap="medium")
    exam = _exam(case)
    new = _image_first(case, exam)
    if new:
        with left:
            _view(case, exam, None, False)
    with right:
        st.subheader(case.scan.label, anchor=False)
        if case.scan.synthetic:
            st.caption(phrases.SYNTHETIC)
        card, any_domain, prediction, saliency = None, False, None, None
        if worklist.hidden(case):
            independent_read.ask(case)
        elif case.quality.ok:
            card, any_domain, prediction, saliency = _assessed(case)
        else:
            st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
            for sentence in case.quality.reasons:
                st.text(sentence)
            st.caption("No score was computed.")
        independent_read.recorded(case)
        report_text.panel(case, card, prediction)
        if prediction is not None:
            score_context.panel(case, card, any_domain, prediction)
            _doubt(case, card, any_domain)
        left_right.panel(case)
        image_details.panel(case, prediction)
        model_input.panel(case, card)
    with left:
        if worklist.plain():
            plain.show(case, saliency)
        elif not new:
            _view(case, exam, card, any_domain)
    if prediction is not None:
        with right:
            _save_button(case, saliency, f"{card.name} {phrases.score(prediction.score, prediction.threshold)}")
            _exam_scores(case, exam, card, any_domain)
    with right:
        structured_report.panel(case, exam or [case], card, any_domain)
        saving.panel(case, card, any_domain)
    if new:
        worklist.choices().heard |= {c.key for c in (case, *exam)}
        st.rerun()  # all readings are at hand now: the viewer, which stays as it is, is told of them


def _image_first(case, exam) -> bool:
    """Whether the mammogram goes up before the model is asked: it takes seconds, and a reader looks at the mammogram first."""
    asked = not worklist.hidden(case) and case.quality.ok
    return asked and not worklist.plain() and not {c.key for c in (case, *exam)} <= worklist.choices().heard


def _view(case, exam, card, any_domain):
    with st.container(key="image_box"):
        viewer(_study(case, exam, card, any_domain))


def _study(case, exam, card, any_domain):
    """The open case and the other views of its exam as the viewer takes them; of hidden ones nothing that the model said."""
    views = exam if case.key in {c.key for c in exam} else [case]
    ledger, browser = predictions.pixel_ledger(), pixels.browser()
    heard = {}
    for c in views:
        if worklist.hidden(c):
            ledger.close(c.key, "heat")
        elif card is not None:
            heard[c.key] = predictions.prediction(c.scan, card, any_domain=any_domain)
    joint = joint_scales([maps for _, maps in heard.values()])
    told = []
    for c in views:
        prediction, maps = heard.get(c.key, (None, {}))
        score = f"{prediction.score:.2f}" if prediction else None
        told.append(describe(c, ledger, browser, score, maps, joint, records.marks(c)))
        if worklist.hidden(c):
            told[-1]["truth"] = []
    label = card.label_space.positive if card is not None else None
    blind = worklist.hidden(case)
    study = {"key": case.exam[:ID], "open": case.key[:ID], "views": told, "heatLabel": label, "blind": blind, "hanging": "exam"}
    return study | {"prior": _prior(case, ledger, browser)}


def _prior(case, ledger, browser):
    """The mammograms of the exam before this one as the viewer takes them, without a score or a heatmap; None where none is open."""
    found = prior_of(case.scan, [c.scan for c in worklist.cases()])
    if found is None:
        return None
    views = [describe(c, ledger, browser, None, {}, {}) for c in worklist.cases() if c.exam == found[0]]
    return {"interval": interval(found[1]), "views": [v | {"truth": []} for v in views]}


def _assessed(case):
    """Score and heatmap of a case that can be assessed: (card, any_domain, prediction, saliency); the last where the toggle is on."""
    panel, below, words = st.container(), st.container(), st.container()
    with below:
        card, any_domain = choose(case)
    prediction, maps = None, {}
    if card is not None:
        try:
            prediction, maps = predictions.prediction(case.scan, card, any_domain=any_domain)
        except SecondReaderError as e:
            st.error(e.what, icon=":material/error:")
            st.text(e.remedy)
            card = None
    if prediction is None:
        return card, any_domain, None, None
    with panel:
        _score(prediction, card)
    with words:
        shown = st.toggle("Heatmap" if worklist.plain() else "Save with the heatmap", key="save_heat")
        st.caption(phrases.trust(checkpoints.report(card.name)))
    return card, any_domain, prediction, maps[card.label_space.positive] if shown else None


def _save_button(case, saliency, words):
    def make() -> bytes:
        relative = saliency.relative() if saliency is not None and saliency.peak > 0 else None
        return export_png(case.scan.display(), relative, plain.OPACITY, words, case.scan.synthetic)

    st.download_button(
        "Save image (PNG)",
        make,
        file_name=f"second-reader-{case.key[:12]}.png",
        mime="image/png",
        key="export",
        on_click="ignore",
        width="stretch",
        help="The whole mammogram in its own size, in the window of the file. Stamped “research use only”; holds no name and no date. "
        "What the viewer shows is saved with S.",
    )


def _exam(case):
    """All open views of the same exam that can be assessed, this one among them."""
    return [c for c in worklist.cases() if exam_key(c.scan) and c.exam == case.exam and c.quality.ok]


def _exam_scores(case, exam, card, any_domain):
    """Scores of the open views of the same exam, of its breasts and of the exam, where there is more than one view."""
    if len(exam) < 2:
        return
    scores = [predictions.prediction(c.scan, card, any_domain=any_domain)[0].score for c in exam]
    found = exam_score([ExamView.of(c.scan, s) for c, s in zip(exam, scores, strict=True)])
    rows = [{"": "exam", "score": round(found.score, 3)}]
    rows += [{"": f"breast {side}", "score": round(score, 3)} for side, score in found.breasts.items()]
    rows += [{"": f"{c.scan.label}{' ●' if c.key == case.key else ''}", "score": round(s, 3)} for c, s in zip(exam, scores, strict=True)]
    st.caption("This exam")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(found.sentence + phrases.exam_tested(checkpoints.report(card.name)))
