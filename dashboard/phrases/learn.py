"""Wording of the Session page (reading test) and of the data leakage demo."""

SESSION = "Session"
READING_TEST = "Reading test"
READING_TEST_ABOUT = (
    "Synthetic exams with known ground truth. Record a BI-RADS category, see the AI result, amend your read if you want to, and continue "
    "with the next exam. Read {n} exams for meaningful statistics. Each exam closes when the next one opens; reads are saved for 12 hours."
)
PROGRESS = "{done} of {n} exams read"
START, NEXT, MORE = "Start reading test", "Next exam", "Read another exam"
DRAWING = "Drawing four views"
EMPTY_SESSION = "No reads yet. Record a read on the Read page, or start the reading test."
READ, SKIPPED = "Exams read", "{n} skipped"
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
