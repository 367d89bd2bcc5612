"""Synthetic mammograms with known truth. Good for checking software; no evidence about patients."""

from core.datasets.phantom.draw import Lesion, PhantomView, draw
from core.datasets.phantom.folder import make
from core.datasets.phantom.objects import dicom_bytes, png_bytes
from core.datasets.phantom.plan import ExamPlan, plan_exam
from core.datasets.phantom.samples import sample_exam

__all__ = ["ExamPlan", "Lesion", "PhantomView", "dicom_bytes", "draw", "make", "plan_exam", "png_bytes", "sample_exam"]
