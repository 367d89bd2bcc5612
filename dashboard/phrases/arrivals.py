"""Wording of what comes from archives and the inbox."""

OPEN_FROM = "Open from archive"
ARCHIVE, PATIENT_ID, ACCESSION, STUDY_UID = "Archive", "Patient ID", "Accession number", "Study UID"
FROM, TO = "Study date from", "Study date to"
SEARCH, SEARCHING, OPEN = "Search", "Searching", "Open"
OPEN_HELP = "Opens the mammograms of the study, and those of the patient's earlier studies."
NOTHING_FOUND = "No study with mammograms found."
CHOOSE = "Choose a study."
COLUMNS = ("Date", "Description", "Patient ID", "Patient", "Accession number", "Objects")
STOP, RESUME, DISCARD = "Stop", "Resume", "Discard"
RESUME_HELP = "Images that are here already are not fetched again."
INBOX = "Inbox"


def limit(n: int) -> str:
    """More studies than are listed."""
    return f"The first {n} studies are listed. Narrow the search to see others."


def coming(archive: str, here: int, count: int, size: int) -> str:
    """A study that is being fetched."""
    return f"Opening from {archive}: {here} of {count} images, {size / 1e6:.0f} MB" if count else f"Opening from {archive}"


def stopped(archive: str, here: int, count: int) -> str:
    """A retrieval that the user stopped."""
    came = f": {here} of {count} images are here, none is open" if count else ""
    return f"Opening from {archive} was stopped{came}."


def waiting(n: int, limit: int) -> str:
    """Studies in the inbox for which there is no room."""
    return f"{n} received {'studies wait' if n > 1 else 'study waits'}: at most {limit} views can be open."
