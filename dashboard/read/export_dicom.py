"""Export of an exam's results as DICOM objects: to an archive or node, or as a ZIP."""

import io
import time
import zipfile

import streamlit as st

from core import exchange
from core.errors import SecondReaderError
from dashboard.phrases import exchange as text
from dashboard.session import audit, sending
from dashboard.session.dialogs import dialog
from dashboard.session.worklist import Case, OpenExam

PATIENCE = 10.0  # seconds for which the page waits for a delivery; it goes on without


@dialog(text.EXPORT_DICOM)
def show(case: Case, exam: OpenExam) -> None:
    """A dialog with the destinations, the last delivery, and a file to download."""
    try:
        exchange.require()
        if sending.hidden(exam):
            st.info(text.HIDDEN)
            return
        _offer(case, exam)
    except SecondReaderError as e:
        _failed(e)


def _offer(case: Case, exam: OpenExam) -> None:
    from core.exchange.settings import load_settings

    st.caption(text.ABOUT)
    results = sending.results(exam)  # says at once where an exam cannot be exported
    left_out = [c.scan.label for c in exam.views if c.source is None]
    if left_out:
        st.warning(text.left_out(left_out))
    settings = load_settings()
    names = [*(a.name for a in settings.archives), *(n.name for n in settings.nodes)]
    if not names:
        st.caption(text.NO_DESTINATION)
    else:
        to = st.selectbox(text.DESTINATION, names, key="dicom_to")
        if st.button(text.SEND, key="dicom_send", type="primary", icon=":material/send:", width="stretch"):
            _send(exam, to)
    _state(exam)

    def archive() -> bytes:
        from core.exchange.objects.export import instances

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            for made in instances(results):
                z.writestr(f"{made.kind}-{made.uid}.dcm", made.data)
        return out.getvalue()

    st.download_button(
        text.DOWNLOAD,
        audit.exported(archive, [c.scan for c in exam.views], "DICOM objects"),
        f"second-reader-{case.key[:12]}.zip",
        "application/zip",
        key="dicom_zip",
        on_click="ignore",
        width="stretch",
        icon=":material/download:",
    )
    st.caption(text.IDENTIFIES)


def _send(exam: OpenExam, to: str) -> None:
    """Queue the objects, and wait a little for the first attempt."""
    with st.spinner(text.SENDING):
        from core.exchange.objects.export import instances  # late: highdicom takes seconds

        queued = sending.send(instances(sending.results(exam)), exam, to)
        end = time.monotonic() + PATIENCE
        while (now := sending.of_exam(exam.views)) is not None and now.attempts == queued.attempts and time.monotonic() < end:
            time.sleep(0.1)


def _state(exam: OpenExam) -> None:
    delivery = sending.of_exam(exam.views)
    if delivery is None:
        return
    show = {"sent": st.success, "waiting": st.info, "failed": st.error}[delivery.state]
    show(text.state(delivery.state, delivery.to, delivery.objects))
    if delivery.error:
        st.text(delivery.error)


def _failed(e: SecondReaderError) -> None:
    st.warning(text.NOT_EXPORTED, icon=":material/error:")
    st.text(e.what)
    st.text(e.remedy)
