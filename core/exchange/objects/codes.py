"""Coded concepts of the reports: those of DICOM PS3.16 and SNOMED CT where there is one, else of this program's own scheme."""

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from core.scans.scan import Laterality
from core.scans.views import VIEWS, View

SCHEME = "99SECONDREADER"
SCHEME_ITEM = CodingSchemeIdentificationItem(
    designator=SCHEME, name="Second Reader", version="1", responsible_organization="Second Reader, research use only"
)
MAMMOGRAPHY = Code("71651007", "SCT", "Mammography")
BREAST = Code("76752008", "SCT", "Breast")
_SIDES = {"L": Code("7771000", "SCT", "Left"), "R": Code("24028007", "SCT", "Right")}
SUCCEEDED, FAILED, NOT_ATTEMPTED = codes.DCM.Succeeded, codes.DCM.Failed, codes.DCM.NotAttempted
PARTIALLY_SUCCEEDED = codes.DCM.PartiallySucceeded
OF_INTEREST = codes.DCM.OfInterest
NEUTRAL_CATEGORY = Code("309825002", "SCT", "Spatial and Relational Concept")
ARTIFICIAL_INTELLIGENCE = codes.DCM.ArtificialIntelligence
DENSITIES = {
    "a": codes.SCT.AlmostEntirelyFat,
    "b": codes.SCT.ScatteredFibroglandularDensities,
    "c": codes.SCT.HeterogeneouslyDense,
    "d": codes.SCT.ExtremelyDense,
}
_EDITION = "4.0"  # of BI-RADS, which these codes are of
# BI-RADS assessment categories (PS3.16 CID 6026, coding scheme BI).
CATEGORIES = {
    0: Code("II.AC.a", "BI", "0 - Need additional imaging evaluation", _EDITION),
    1: Code("II.AC.b.1", "BI", "1 - Negative", _EDITION),
    2: Code("II.AC.b.2", "BI", "2 - Benign", _EDITION),
    3: Code("II.AC.b.3", "BI", "3 - Probably benign", _EDITION),
    4: Code("II.AC.b.4", "BI", "4 - Suspicious", _EDITION),
    5: Code("II.AC.b.5", "BI", "5 - Highly suggestive of malignancy", _EDITION),
    6: Code("MA.II.A.5.6", "BI", "6 - Known biopsy proven malignancy", _EDITION),
}


def own(value: str, meaning: str) -> Code:
    """A concept of this program's scheme; its meaning is cut to 64 characters (VR LO)."""
    return Code(value, SCHEME, meaning[:64])


SCORE = own("SCORE", "Score (calibrated probability)")
THRESHOLD = own("THRESHOLD", "Threshold of the decision on the score")
DECISION = own("DECISION", "Decision")
POSITIVE = own("POSITIVE", "Score at or above the threshold")
NEGATIVE = own("NEGATIVE", "Score below the threshold")
MEANING = own("MEANING", "Meaning of the score")
INTENDED_USE = own("INTENDED_USE", "Intended use")
LIMITS = own("LIMITS", "Limits of the model")
REASON = own("REASON", "Reason why there is no score")
WEIGHTS = own("WEIGHTS", "SHA-256 of the weights")
STATUS = own("STATUS", "Status of the result")
EVIDENCE = own("EVIDENCE", "Region of evidence for the score")
HEATMAP = own("HEATMAP", "Heatmap of the score")
MARK = own("MARK", "Region marked by the reader")
BEFORE_OR_AFTER = own("AI_SHOWN", "AI result shown before this assessment")
HIDDEN = own("AI_HIDDEN", "No: independent read")
SHOWN = own("AI_SEEN", "Yes: read with AI")


def side(laterality: Laterality) -> Code:
    """Left or right."""
    return _SIDES[laterality]


def view_code(view: View) -> CodedConcept:
    """A view by SNOMED CT (PS3.16 CID 4014)."""
    value = next(code for code, name in VIEWS.items() if name == view and code.isdigit())
    return CodedConcept(value, "SCT", view)


def summary(succeeded: int, of: int, findings: bool) -> Code:
    """Summary of detections (PS3.16 CID 6047): how many of the views were scored, and whether any is positive."""
    if not succeeded:
        return codes.DCM.NoAlgorithmsSucceededWithoutFindings
    if succeeded == of:
        return codes.DCM.AllAlgorithmsSucceededWithFindings if findings else codes.DCM.AllAlgorithmsSucceededWithoutFindings
    return codes.DCM.NotAllAlgorithmsSucceededWithFindings if findings else codes.DCM.NotAllAlgorithmsSucceededWithoutFindings
