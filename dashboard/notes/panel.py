"""Parts of the Notes page: descriptors to pick, a note's score with its reasons, and tables of notes."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.files import csv_text
from core.notes.lexicon import BY_KEY, NUMBERS, TERMS, compose
from core.notes.model import NoteCard, NoteModel, NotePrediction
from core.notes.table import read_table, score_table
from dashboard import phrases
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.phrases import notes as text
from dashboard.session import worklist

SHOWN = 10  # contributions


def picker() -> None:
    """Boxes for every descriptor; the button writes the note that they make."""
    with st.expander(text.PICK, expanded=True):
        columns = st.columns(2)
        picked: list[str] = []
        for n, (group, title) in enumerate(text.GROUPS.items()):
            keys = [t.key for t in TERMS if t.group == group]
            picked += columns[n % 2].multiselect(title, keys, key=f"pick_{group}", format_func=lambda k: BY_KEY[k].words[0])
        numbers = {}
        for column, name in zip(columns, ("density", "subtlety"), strict=True):
            low, high = NUMBERS[name]
            numbers[name] = column.selectbox(name.capitalize(), ["", *map(str, range(low, high + 1))], key=f"pick_{name}")
        args = (tuple(picked), numbers)
        st.button(text.WRITE, icon=":material/edit_note:", key="write_note", on_click=_write, args=args, disabled=not picked)


def _write(picked: tuple[str, ...], numbers: dict[str, str]) -> None:
    worklist.set_state("note_text", compose(picked, **numbers))


def score(model: NoteModel, note: str) -> None:
    """The score of one note with its reasons, or why there is none."""
    try:
        prediction = model.read(note)
    except SecondReaderError as e:
        st.warning(phrases.CANNOT_ASSESS, icon=":material/block:")
        st.text(str(e))
        return
    if prediction.proxy:
        st.warning(phrases.PROXY, icon=":material/warning:")
    sentence = phrases.score(prediction.score, model.card.threshold)
    st.text(sentence)
    static_chart(scores.score_bar(prediction.score, model.card.threshold), "note_score", sentence)
    st.text(text.LOGISTIC.format(score=prediction.words_score))
    _recognised(note, prediction)
    contributions = [(c.what, c.logit) for c in prediction.contributions[:SHOWN]]
    static_chart(scores.contributions(contributions), "note_parts", text.CONTRIBUTIONS)
    st.markdown(f"##### {text.SIMILAR}")
    rows = [
        {
            "descriptors": ", ".join(BY_KEY[k].words[0] for k in s.keys),
            "findings": s.n,
            "malignant": s.malignant,
            "similarity": f"{s.similarity:.0%}",
        }
        for s in model.similar(prediction.understood.keys)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _recognised(note: str, prediction: NotePrediction) -> None:
    """The note with each affirmed descriptor's log odds behind it; then what was negated, corrected and not recognised."""
    marks = sorted(((end, c.logit) for c in prediction.contributions for _, end in c.spans), reverse=True)
    annotated = note.strip()
    for end, logit in marks:
        annotated = f"{annotated[:end]} [{logit:+.2f}]{annotated[end:]}"
    st.text(annotated)
    found = prediction.understood
    for title, values in (
        (text.NEGATED, [BY_KEY[m.key].words[0] for m in found.mentions if m.negated]),
        (text.CORRECTED, [f"{a} → {b}" for a, b in found.corrected]),
        (text.UNKNOWN, found.unknown),
    ):
        if values:
            st.text(f"{title}: {', '.join(values)}")


def tested(card: NoteCard) -> str:
    """What the model was tested on."""
    e = card.metrics[card.subset]
    return text.TESTED.format(
        auroc=e["auroc"].text(),
        n=e["auroc"].n,
        patients=e["auroc"].n_patients,
        sensitivity=e["sensitivity"].text(),
        specificity=e["specificity"].text(),
        terms=card.terms,
    )


def batch(model: NoteModel) -> None:
    """A CSV with the column note in, the same rows with scores out."""
    upload = st.file_uploader(text.UPLOAD, type="csv", key="notes_csv", help=text.UPLOAD_HELP)
    if upload is None:
        return
    try:
        table = read_table(upload.getvalue())
    except SecondReaderError as e:
        st.warning(text.TABLE_FAILED, icon=":material/warning:")
        st.text(str(e))
        return
    with st.spinner(text.SCORING.format(n=len(table))):
        scored = score_table(model, table)
    st.text(text.SCORED.format(n=len(scored), refused=int(scored["score"].isna().sum())))
    st.dataframe(scored, hide_index=True, height=240)
    st.download_button(text.SAVE, csv_text(scored), "notes-research-use-only.csv", "text/csv", icon=":material/download:")
