"""Wording of the Notes page."""

TITLE = "Report-text model"
ABOUT = (
    "Scores the description of one finding by the terms of the CBIS-DDSM tables: shape and margin of a mass, type and distribution of "
    "calcifications. Text only, no image. English only."
)
UNAVAILABLE = "The report-text model is not available."
NOTE = "Note"
PLACEHOLDER = "Type a note, or pick descriptors below. E.g. “Irregular mass with spiculated margin. Breast density 2.”"
EMPTY = "No note yet."
PICK, WRITE = "Pick descriptors", "Write note"
GROUPS = {"shape": "Mass shape", "margin": "Mass margin", "calcification": "Calcifications", "distribution": "Distribution"}
LOGISTIC = "Logistic model only: {score:.2f}"
NEGATED, CORRECTED, UNKNOWN = "Negated", "Spelling corrected", "Not recognised"
CONTRIBUTIONS = "Contributions to the score, log odds"
SIMILAR = "Most similar findings in the training table"
TESTED = (
    "Test: AUROC {auroc} on {n} findings of {patients} patients of the official test split; at the threshold sensitivity {sensitivity}, "
    "specificity {specificity}. {terms}"
)
TABLE, UPLOAD = "Score a table", "CSV with a column named note"
UPLOAD_HELP = "Stays in memory until the session ends."
TABLE_FAILED = "The table cannot be read."
SCORING = "Scoring {n} notes"
SCORED = "{n} notes, {refused} cannot be assessed."
SAVE = "Save as CSV"
