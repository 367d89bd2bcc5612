"""Writes dashboard/samples/: the sample exam as DICOM files, what phantom-triage says of them, and the image of the first screen.

Run it again (`make samples`) after phantom-triage, its input or the phantom generator has changed; a test compares both.
"""

import io

import pydicom
from pydicom import uid

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.datasets.phantom.draw import PhantomView
from core.datasets.phantom.folder import VIEWS
from core.datasets.phantom.plan import earlier
from core.datasets.phantom.samples import DATES, SEED
from core.inference.predictor import Predictor
from core.scans import read_scan
from dashboard.cache.samples import FOLDER, STORED, StoredPrediction, StoredView
from dashboard.cache.samples import VIEWS as STORED_VIEWS
from dashboard.images.outline import outlines

EXAM = 34  # of the sample series: a spiculated mass in the right breast, dense tissue, both views above the threshold
MODEL = "phantom-triage"
NEAR = 3  # largest error of a pixel, of 4095: far below the noise, for files of half the size


def compressed(view: PhantomView, date: str) -> bytes:
    """A view as a near-lossless JPEG-LS DICOM file."""
    ds = pydicom.dcmread(io.BytesIO(dicom_bytes(view, date=date)))
    size = len(ds.PixelData)
    ds.compress(uid.JPEGLSNearLossless, encoding_plugin="pyjpegls", jls_error=NEAR, generate_instance_uid=False)
    ds.LossyImageCompression, ds.LossyImageCompressionMethod = "01", "ISO_14495_1"
    ds.LossyImageCompressionRatio = round(size / len(ds.PixelData), 2)
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    plan, predictor, stored = plan_exam(SEED, EXAM), Predictor.load(MODEL), {}
    for which, planned in {"": plan, "prior": earlier(plan)}.items():
        for laterality, view_name in VIEWS:
            view = draw(planned, laterality, view_name, "medium")
            data = compressed(view, DATES[which])
            name = f"phantom{'-prior' if which else ''}-{laterality}-{view_name}.dcm"
            (FOLDER / name).write_bytes(data)
            scan = read_scan(data, name)
            explained = predictor.predict_and_explain(scan)
            stored[name] = StoredView(
                prior=bool(which),
                truth=outlines(view),
                prediction=StoredPrediction.of(scan, predictor.card, explained),
            )
            print(f"{name}: {len(data)} bytes, score {explained[0].score:.3f}")
    STORED.write_bytes(STORED_VIEWS.dump_json(stored) + b"\n")


main()
