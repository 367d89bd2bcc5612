"""Parts of the Notes page: descriptors to pick, a note's score and its reasons, and tables of notes."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.files import csv_text
from core.notes.lexicon import BY_KEY, NUMBERS, TERMS, compose
from core.notes.model import NoteModel
from core.notes.table import read_table, score_table
from dashboard import phrases
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.session import worklist

GROUPS = {"shape": "Mass shape", "margin": "Mass margin", "calcification": "Calcifications", "distribution": "Their distribution"}
SHOWN = 10  # contributions


def picker() -> None:
    """Boxes for every descriptor; the button writes the note that they make."""
    with st.expander("Pick descriptors", expanded=True):
        columns = st.columns(2)
        picked: list[str] = []
        for n, (group, title) in enumerate(GROUPS.items()):
            keys = [t.key for t in TERMS if t.group == group]
            picked += columns[n % 2].multiselect(title, keys, key=f"pick_{group}", format_func=lambda k: BY_KEY[k].words[0])
        numbers = {}
        for column, name in zip(columns, ("density", "subtlety"), strict=True):
            low, high = NUMBERS[name]
            numbers[name] = column.selectbox(name.capitalize(), ["", *map(str, range(low, high + 1))], key=f"pick_{name}")
        args = (tuple(picked), numbers)
        st.button("Write the note", icon=":material/edit_note:", key="write_note", on_click=_write, args=args, disabled=not picked)


def _write(picked: tuple[str, ...], numbers: dict[str, str]) -> None:
    worklist.keep("note_text", compose(picked, **numbers))


def score(model: NoteModel, text: str) -> None:
    """The score of one note, or why there is none."""
    try:
        prediction = model.read(text)
    except SecondReaderError as e:
        st.warning(phrases.CANNOT_ASSESS, icon=":material/block:")
        st.text(str(e))
        return
    if prediction.proxy:
        st.warning(phrases.PROXY, icon=":material/warning:")
    st.text(phrases.score(prediction.score, model.card.threshold))
    bar = scores.score_bar(prediction.score, model.card.threshold)
    static_chart(bar, key="note_score", alt=f"Score {prediction.score:.2f}")
    st.text(f"The words alone, without the trees: {prediction.words_score:.2f}")
    said = prediction.understood
    st.text(_annotated(text.strip(), prediction))
    for title, found in (
        ("Denied", [BY_KEY[m.key].words[0] for m in said.mentions if m.negated]),
        ("Taken for", [f"{a} → {b}" for a, b in said.corrected]),
        ("Not understood", said.unknown),
    ):
        if found:
            st.text(f"{title}: {', '.join(found)}")
    parts = [(c.what, c.logit) for c in prediction.contributions[:SHOWN]]
    static_chart(scores.contributions(parts), key="note_parts", alt="What moved the score")
    st.markdown("##### Most similar in the training table")
    rows = []
    for s in model.similar(said.keys):
        named = ", ".join(BY_KEY[k].words[0] for k in s.keys)
        rows.append({"descriptors": named, "findings": s.n, "malignant": s.malignant, "alike": f"{s.likeness:.0%}"})
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _annotated(text: str, prediction) -> str:
    """The note with each affirmed descriptor's share of the score behind it."""
    marks = sorted(((end, c.logit) for c in prediction.contributions for _, end in c.spans), reverse=True)
    for end, logit in marks:
        text = f"{text[:end]} [{logit:+.2f}]{text[end:]}"
    return text


def tested(card) -> str:
    """What the model was tested on."""
    e = {k: v.model_dump() for k, v in card.metrics[card.subset].items()}
    auroc, sensitivity, specificity = (phrases.estimate(e[k]) for k in ("auroc", "sensitivity", "specificity"))
    return (
        f"Test: AUROC {auroc} on {e['auroc']['n']} findings of {e['auroc']['n_patients']} patients of the official test part; "
        f"at the threshold sensitivity {sensitivity}, specificity {specificity}. {card.terms}"
    )


def batch(model: NoteModel) -> None:
    """A CSV with the column note in, the same rows with scores out."""
    upload = st.file_uploader("CSV with the column note", type="csv", key="notes_csv", help="It stays in memory and goes with the session.")
    if upload is None:
        return
    try:
        table = read_table(upload.getvalue())
    except SecondReaderError as e:
        st.warning("The table cannot be read.", icon=":material/warning:")
        st.text(str(e))
        return
    with st.spinner(f"Scoring {len(table)} notes"):
        scored = score_table(model, table)
    st.text(f"{len(scored)} notes, {int(scored['score'].isna().sum())} of them cannot be assessed.")
    st.dataframe(scored, hide_index=True, height=240)
    st.download_button("Save as CSV", csv_text(scored), "notes-research-use-only.csv", "text/csv", icon=":material/download:")
