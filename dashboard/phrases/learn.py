"""Wording of the tour, the reading test and the data leakage demo."""

from typing import NamedTuple

# tour
TOUR_TITLE = "Tour"
TOUR_START, TOUR_BACK, TOUR_NEXT, TOUR_FINISH, TOUR_END = "Take the tour", "Back", "Next", "Finish", "End tour"
TOUR_ABOUT = "Eight steps in one minute, with a synthetic exam."
OPENING = "Opening four views"


class StepWords(NamedTuple):
    """Heading and text of one step of the tour."""

    title: str
    text: str


TOUR_EXAM = StepWords("Sample exam", "Four synthetic views. Drag sets the window, the wheel zooms, E shows one view or all.")
TOUR_READ = StepWords("Independent read", "The AI result stays hidden until you record your read. Record a BI-RADS category, or go on.")
TOUR_RESULT = StepWords("AI result", "One score for the exam, one for each view. The heatmap shows where the evidence lies (H).")
TOUR_TRUTH = StepWords("Ground truth", "The ring is the lesion in the image (G). The heatmap covers it: here the model is right.")
TOUR_FILTERS = StepWords("Filters", "The same view under five filters, each with score and heatmap. Small changes can move a score.")
TOUR_MODELS = StepWords("Test results", "The threshold now gives 95 % sensitivity on validation images. Matrix and rates follow.")
TOUR_LEAKAGE = StepWords(
    "Data leakage demo", "Same network, same mammograms: near-perfect with copies in training and test, near chance when split by patient."
)
TOUR_END_STEP = StepWords("Your turn", "Read 40 synthetic exams, unaided and with AI, and see how well you did.")

# reading test
READING_TEST, MY_READS = "Reading test", "My reads"
READING_TEST_ABOUT = (
    "Synthetic exams with known ground truth. Record a BI-RADS category, see the AI result, and amend your read if you wish. "
    "Read {n} exams for meaningful statistics. Each exam closes when the next one opens; reads are saved for 12 hours."
)
PROGRESS = "{done} of {n} exams read"
START, NEXT, MORE = "Start reading test", "Next exam", "Read another exam"
DRAWING = "Drawing four views"
EMPTY_SESSION = "No reads yet. Record a read on the Read page, or start the reading test."
READ, SKIPPED = "Read unaided", "{n} with AI only, or skipped"
TIME, TIME_HELP = "Time per exam", "From first look to first recorded read."
AGREEMENT = "Agreement with AI"
AGREEMENT_HELP = "BI-RADS 0, 4, 5 or 6 before the AI result, against the AI decision on the exam."
AMENDED, AMENDED_DELTA = "Amended", "after the AI result"
UNAIDED, AIDED = "Unaided: AUROC {value}", "With AI: AUROC {value}"
LOCALISATION = "Localisation, unaided: {value}"
BASED_ON = "Based on {exams} with known outcome. Categories ordered 1, 2, 3, 0, 4, 5, 6. Few exams give wide intervals."
SAVE_TABLE = "Save table (CSV)"

LEAKAGE = "Data leakage demo"
EMPTY_LEAKAGE = "No comparison yet. Run `second-reader leakage-demo --data DIR`; the result appears here."
LEAKAGE_ABOUT = (
    "{architecture} on {sources}: {copies} augmented copies of each image, {epochs} epochs, same seed and network on both sides. "
    "Only the split differs."
)
COMPARISON = "Comparison"
SIDES = {"leaky": "Augment, then random split (leaky)", "honest": "Split by patient (sound)"}
SIDES_ABOUT = {
    "leaky": "Copies of the same image are in both training and test.",
    "honest": "No image of a test patient is in training.",
}
SHARED = "Patients in both training and test: {n}"
MAJORITY, TEST_SIZE = "Majority class (accuracy)", "Test images (patients)"
LEAKAGE_CAVEAT = (
    "The leaky interval is as biased as its value: augmented copies are not independent. Check the split behind any published number."
)
