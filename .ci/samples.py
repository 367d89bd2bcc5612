"""Writes dashboard/samples/: the sample exam as DICOM files, what phantom-triage says of them, and the image of the first screen.

Run it again (`make samples`) after phantom-triage, its input or the phantom generator has changed; a test compares both.
"""

import io
from collections.abc import Sequence

import cv2
import numpy as np
import pydicom
from PIL import Image
from pydicom import uid

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.datasets.phantom.draw import PhantomView
from core.datasets.phantom.folder import VIEWS
from core.datasets.phantom.plan import earlier
from core.datasets.phantom.samples import DATES, SEED
from core.imaging.input import InputSpec
from core.inference.overlay import overlay
from core.inference.prediction import Prediction
from core.inference.predictor import Predictor
from core.inference.saliency import Saliency, joint_scale
from core.scans import Scan, read_scan
from core.scans.stamp import stamp
from dashboard.cache.samples import FOLDER, HERO_IMAGE, STORED, StoredPrediction, StoredView
from dashboard.cache.samples import VIEWS as STORED_VIEWS
from dashboard.images.outline import outlines

EXAM = 34  # of the sample series: a spiculated mass in the right breast, dense tissue, both views above the threshold
MODEL = "phantom-triage"
HERO, GAP, AIR = 640, 24, 0.03  # pixels: height of the image of the first screen, between exams; brightness below which there is no breast
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


def hero(views: Sequence[tuple[Scan, Prediction, Saliency]]) -> bytes:
    """The four views in a row, chest walls in, those at or above the threshold with their heat on one scale, as stamped WebP."""
    scale = joint_scale([heat for _, _, heat in views])
    panes = []
    for scan, prediction, heat in views:
        grid, geometry = InputSpec(size=(HERO, HERO), resize="letterbox").grid(scan)
        p = geometry.placed
        image = grid[p.top : p.bottom, p.left : p.right] / 65535
        c = geometry.crop
        shown = heat.relative(scale)[c.top : c.bottom, c.left : c.right]
        shown = cv2.resize(shown[:, ::-1] if geometry.flipped else shown, image.shape[::-1]) * (image > AIR)
        pane = overlay(image.astype(np.float32), shown * (prediction.decision == "positive"), 0.6)
        pane = pane[:, ::-1] if geometry.flipped else pane
        at_chest_wall = scan.laterality == "R"  # the chest wall of a right breast is at the right of its pane
        panes.append(np.pad(pane, ((0, HERO - len(pane)), (0, 0 if at_chest_wall else GAP), (0, 0))))
    image = stamp(np.concatenate(panes, 1), "SYNTHETIC - NO PATIENT - RESEARCH USE ONLY", "bottom-left")
    out = io.BytesIO()
    Image.fromarray(image).save(out, "WEBP", quality=82, method=6)
    return out.getvalue()


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    plan, predictor = plan_exam(SEED, EXAM), Predictor.load(MODEL)
    stored: dict[str, StoredView] = {}
    shown = []
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
            if not which:
                shown.append((scan, explained[0], explained[1][predictor.card.label_space.positive]))
            print(f"{name}: {len(data)} bytes, score {explained[0].score:.3f}")
    HERO_IMAGE.write_bytes(hero(shown))
    STORED.write_bytes(STORED_VIEWS.dump_json(stored) + b"\n")


main()
