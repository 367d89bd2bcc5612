"""A note on the open exam: its score, what was understood of it, and what image and note come to together."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.session import records, worklist

SIDES = {"L": "left", "R": "right"}
WHOSE = {"image": "image alone", "note": "note alone", "both": "both, fused"}
KINDS = {True: "phantom", False: "mammogram"}


def panel(case, card, prediction) -> None:
    """The note and, once the model may be heard, its scores. `card` and `reading` are None where the image has no score."""
    if not case.quality.ok:
        return
    with st.expander("Note on this exam", expanded=bool(records.note(case))):
        key = f"exam_note_{case.exam[:16]}"
        text = st.text_area(
            "Note on this exam",
            records.note(case),
            key=key,
            height=110,
            max_chars=5000,
            label_visibility="collapsed",
            placeholder="E.g. “Irregular mass with spiculated margin, left breast.”",
            on_change=records.keep_note,
            args=(case.exam, key),
        )
        st.caption(phrases.NOTE_ON_EXAM)
        if not text.strip():
            return
        if worklist.hidden(case):
            st.caption(phrases.NOTE_WAITS)
        else:
            _scores(case, card, prediction, text)


def evidence(found: dict) -> None:
    """What a fusion.json holds: image, note and both on the same test images."""
    n = found["n"]["test"]
    for sentence in found["limits"]:
        st.text(sentence)
    told = f"{n['described']} test images with a note that can be scored, of {n['patients_described']} patients"
    control = found["control"]
    everyone = f"All {n['images']} test images; the image alone where there is no such note."
    exchanged = f"{told}; {control['exchanged']:.0%} of the notes exchanged between images, fitted anew."
    blocks = {
        f"{told}.": (found["figures"]["described"], found["differences"]["described"]),
        everyone: (found["figures"]["all"], found["differences"]["all"]),
        exchanged: (control["figures"], control["differences"]),
    }
    for title, (figures, differences) in blocks.items():
        st.text(title)
        rows = [{"score of": WHOSE[k], **{phrases.METRICS[m]: phrases.estimate(e, 3) for m, e in x.items()}} for k, x in figures.items()]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        for name, d in differences.items():
            st.text(f"AUROC, {name}: {phrases.estimate(d['auroc'], 3)}{_by_formula(d['delong'])}")
    st.caption(f"Scores of {found['checkpoint']} and {found['note_model']}, combined by a logistic regression on the validation part.")


def _by_formula(delong: dict | None) -> str:
    return f"; DeLong's paired test z {delong['z']:.2f}, p {delong['p']:.3g} ({delong['note']})" if delong else ""


def _scores(case, card, prediction, text: str) -> None:
    try:
        model = checkpoints.note_model()
        said = model.read(text)
    except SecondReaderError as e:
        st.warning("The note has no score; the image's stands alone.", icon=":material/block:")
        st.text(str(e))
        return
    _understood(said)
    if said.proxy:
        st.warning(phrases.PROXY, icon=":material/warning:")
    fusion, why = None, ""
    if prediction is not None:
        st.text(f"Image alone ({card.name}): {phrases.score(prediction.score, prediction.threshold)}")
        fusion, why = _combination(case, card, model.card, text)
    st.text(f"Note alone ({said.model}): {phrases.score(said.score, model.card.threshold)}")
    if fusion is None:
        st.text(f"{phrases.NO_COMBINATION} {why}".strip())
        return
    both = float(fusion.combine(prediction.score, said.score))
    st.markdown(f"**Both, fused: {phrases.score(both, fusion.threshold)}**")
    bar = scores.score_bar(both, fusion.threshold)
    static_chart(bar, key="fused_score", alt=f"Fused score {both:.2f}")
    n, found = fusion.n["test"], fusion.figures["described"]
    areas = ", ".join(f"{WHOSE[k]} {phrases.estimate(found[k]['auroc'].model_dump())}" for k in WHOSE)
    whom = f"{n['patients_described']} {'phantom exams' if fusion.synthetic else 'patients'}"
    st.text(
        f"AUROC on {n['described']} described test images of {whom}: {areas}. "
        f"Fitted on {fusion.n['validation']['described']} validation images. Threshold: {fusion.threshold_rule}."
    )
    st.caption(phrases.FUSED_WHERE)
    for sentence in fusion.limits:
        st.text(sentence)


def _combination(case, card, note_card, text: str):
    """(Fusion, "") or (None, why there is none for this view and note)."""
    from core.notes.fusion import side_of

    try:
        fusion = checkpoints.fusion(card, note_card)
    except SecondReaderError as e:
        return None, str(e)
    if case.scan.synthetic != fusion.synthetic:
        return None, f"The combination was fitted on {KINDS[fusion.synthetic]}s, and this is a {KINDS[case.scan.synthetic]}."
    side = side_of(text)
    if side and case.scan.laterality and side != case.scan.laterality:
        return None, f"The note speaks of the {SIDES[side]} breast, this view shows the {SIDES[case.scan.laterality]} one."
    return fusion, ""


def _understood(said) -> None:
    from core.notes.lexicon import BY_KEY

    found = said.understood
    for title, terms in (
        ("Understood", [BY_KEY[k].words[0] for k in found.keys]),
        ("Denied", [BY_KEY[m.key].words[0] for m in found.mentions if m.negated]),
        ("Taken for", [f"{a} → {b}" for a, b in found.corrected]),
        ("Not understood", found.unknown),
    ):
        if terms:
            st.text(f"{title}: {', '.join(terms)}")
