"""Wording of the Read page."""

from dashboard.phrases import decimal

TITLE = "Read"

# independent read
HIDDEN = "AI result hidden until you record your read."
HIDDEN_HELP = "Saved in this browser for 12 hours."
MY_READ = "My read"
AMEND = "Amend read"
RECORD, SKIP, CANCEL = "Record", "Skip", "Cancel"
SKIP_HELP = "Shows the AI result without a read."
CATEGORY, DENSITY, NOTE = "BI-RADS", "Density", "Note"
CATEGORY_MISSING = "Choose a BI-RADS category first."
NO_CATEGORY = "Skipped: no category recorded"
INDEPENDENT_READ = "Independent read"
INDEPENDENT_READ_MODES = {"mammograms": "clinical mammograms", "always": "all exams", "never": "off"}
INDEPENDENT_READ_HELP = "For these exams the AI result stays hidden until you record your read."
SAVE_READS = "Save my reads (CSV)"

# header and menu
PREVIOUS_EXAM, NEXT_EXAM = "◀ P", "N ▶"
MENU = "Save, export, label, remove"
EXPORT = "Export image"
REMOVE_VIEW, REMOVE_EXAM = "Remove view", "Remove exam"
SAVE_IMAGE = "Save image (PNG)"
SAVE_IMAGE_HELP = "The whole mammogram, stamped “research use only”; no name, no date. S saves the view as shown."

# model
MODEL = "Model"
NO_MODEL = "No model is installed, so nothing is scored."
ANY_DOMAIN = "Score anyway (out of domain, not valid)"
MODEL_DRAWER = "How good is this model?"
TESTED = "Sens {sensitivity} / spec {specificity} in tests"
NOT_TESTED = "Not tested"
TESTED_IMAGES = "At this threshold, by image: sensitivity {sensitivity}, n {n_positive}; specificity {specificity}, n {n_negative}."
THRESHOLD = "Threshold {threshold} for “{label}”: {rule}. The score is a calibrated probability."

# result
EXAM = "Exam"
PENDING = "AI: view {n} of {of}"
NOT_COUNTED = "Not part of the exam score:"
NO_POSITIVE_EVIDENCE = "No positive evidence"
AGREES, DISAGREES = "Agrees with your read", "Discordant with your read"
OUT_OF_DISTRIBUTION = "Unlike the training images"
ASSUMED = "Assumed: {what}"
PROBABILITIES_ALT = "Probability of each class"
HEATMAP = "Heatmap"
FINDINGS = "From the heatmap:"
FINDING = "{n}. {height} third, {depth} depth{size}: {share:.0%} of the evidence"
FINDING_SIZE = ", {height:.0f} × {width:.0f} mm"
OUTSIDE = (
    "On mammograms of another hospital ({source}, {n} images of {patients} patients): AUROC {auroc}; at this threshold sensitivity "
    "{sensitivity}, specificity {specificity}."
)
OUTSIDE_CHANCE = "On other hospitals' mammograms this model is not better than chance."
UNMEASURED_DENSITY = "Density {density}: accuracy not measured."
ROBUSTNESS = "Robustness"
ROBUSTNESS_ABOUT = "Slightly turned, shifted and re-exposed copies, each filter, and the image with its hot spot covered."
ROBUSTNESS_PENDING = "Scoring the copies"

# details
DETAILS = "Details"
DETAIL_TABS = ("Image", "Model input", "Similar cases")
SIMILAR_UNKNOWN = "This model stores no training neighbours."
SIMILAR_HELP = "Nearest in the model's features, with their truth. Similar to the model does not mean visually similar."
SIMILAR_DRAWN = "Synthetic, drawn again from their seed."
SIMILAR_NOT_SHIPPED = "Named by sha256; the images are not shipped."
NO_ASSUMPTIONS = "No assumptions: the file states everything."
UNKNOWN = "unknown"
SET_VIEW = "Side, view and exam"
MODEL_INPUT_ABOUT = "{title}: each step from the file to the model's input."
NO_MODEL_INPUT = "No model reads this view."
TRUE_SIZE = "One input pixel per screen pixel at 100 % zoom; scroll to see all. Black: smallest value, white: largest."

# report
REPORT = STRUCTURED_REPORT = "Report"
REPORT_TABS = ("Report", "Text score")
REPORT_CATEGORY = "BI-RADS {category}, as in your read"
STRUCTURED_REPORT_ABOUT = "Your report. AI output is listed separately. The file holds no name, identifier or date."
REPORT_TEXT = "Report text"
REPORT_TEXT_PLACEHOLDER = "E.g. “Irregular mass with spiculated margin, left breast.”"
REPORT_TEXT_ABOUT = "Scored from the words alone. Saved in this browser for 12 hours."
REPORT_TEXT_HIDDEN = "The text is saved. Record your read to see its score."
NO_TEXT_SCORE = "The text cannot be scored; the image score stands alone."
NO_COMBINATION = "Not combined: the two scores are separate."
FUSED_ABOUT = "Image score of the open view; the text counts for every view of its breast."
FUSION_DOMAIN = "The fusion was fitted on {kind} only."
OTHER_SIDE = "The text describes the {side} breast; this view shows the {shown} one."
FUSION_TESTED = "AUROC on {n} described test images of {patients}: {areas}. Fitted on {n_validation} validation images. Threshold: {rule}."
FUSION_ROWS = {"image": "image alone", "note": "text alone", "both": "both, fused"}
RECOGNISED, NEGATED, CORRECTED, UNRECOGNISED = "Recognised", "Negated", "Spelling corrected", "Not recognised"

# saving
SAVE_EXAM = "Save exam"
SAVE_NEW_VIEWS = "Save the new views"
NOT_SAVED = "Not saved to disk"
SAVED_EXAMS = "Saved exams"
NONE_SAVED = "No saved exams."
OPEN_SAVED = "Open this exam"
SAVING = "Saving the exam"
SAVE_WHAT = (
    "Saves on this computer, in {folder}: the pixels of the open views of this exam unchanged (burned-in text included), their side, "
    "view, pixel size and windows; your reads, report text and report as typed; scores with model, input and versions. No file name, and "
    "no name, identifier or date of the patient."
)
SAVED_COUNTS = "Views: {views}, scores: {scores}, reads: {reads}"
SAVE_FOLLOWS = "New reads and scores are saved automatically."
SAVE_CHECKED = "I checked: no name is burned into these images"
DELETE, DELETE_CONFIRM = "Delete", "Delete permanently"
DELETE_WHAT = "Deletes images, scores and reads from the disk and closes the exam. This cannot be undone."


def score_band(band: int, positive: str) -> str:
    """Where a score lies among the validation images without the finding; `band` is 1 to 10, the lowest tenth first."""
    share = f"{10 * (band - 1)}–{10 * band} %" if band > 1 else "at most 10 %"
    return f"Scores higher than {share} of non-{positive} validation images"


def prediction_set(names: tuple[str, ...], level: float, coverage: str) -> str:
    """The classes of a conformal prediction set, e.g. "Inconclusive at 90 % coverage: normal or benign"."""
    tested = f"tested coverage {coverage}"
    if not names:
        return f"No class fits at {level:.0%} coverage: unusual image ({tested})"
    return f"{'Inconclusive' if len(names) > 1 else 'Conclusive'} at {level:.0%} coverage: {' or '.join(names)} ({tested})"


def asymmetry(sigma: float, where: str, overlap: float) -> str:
    """The difference of two registered breasts, for its overlay; `sigma`, its largest value, is positive where the left is brighter."""
    brighter = "left" if sigma > 0 else "right"
    return (
        f"Orange: brighter than the other side. Blue: darker. Largest difference {abs(sigma):.1f} SD, {brighter}, {where}. "
        f"Positioning also causes differences. Outlines: Dice {overlap:.2f}."
    )


def findings(n: int) -> str:
    """How many findings are marked; empty where none is."""
    return f"{n} finding{'s' * (n > 1)}" if n else ""


def header(place: str, name: str, views: int, prior: str) -> str:
    """The header of an exam, e.g. "**Exam 2 of 5** · 1c8d · 4 views · prior 14 months earlier"."""
    parts = (f"**Exam {place}**", name, f"{views} view{'s' * (views > 1)}", f"prior {prior}" if prior else "")
    return " · ".join(filter(None, parts))


def other_views(n: int) -> str:
    """The menu of the views that do not hang, e.g. "4 other views"."""
    return f"{n} other view{'s' * (n > 1)}"


def headline(title: str, value: float, threshold: float) -> str:
    """The score in large type, e.g. "Exam **0.70** ▲ above 0.52"."""
    return f"{title} **{decimal(value, threshold)}** {_side(value, threshold)} {decimal(threshold, value)}"


def cell(value: float, threshold: float) -> str:
    """The score of a view, e.g. "0.67 ▲"."""
    return f"{decimal(value, threshold)} {_side(value, threshold)[0]}"


def _side(value: float, threshold: float) -> str:
    return "▼ below" if value < threshold else "▲ above" if value > threshold else "▲ at"
