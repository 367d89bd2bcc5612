"""Names and addresses of the pages."""

from typing import NamedTuple

PRODUCT = "Second Reader"
MODELS, DATA, LEARN = "Models", "Data", "Learn"  # sections of the navigation


class PageName(NamedTuple):
    """One page in the navigation: its section, title, Material symbol, and tooltip."""

    section: str
    title: str
    icon: str
    help: str

    @property
    def address(self) -> str:
        """The title as the path of its address, e.g. "data-leakage-demo"."""
        return self.title.lower().replace(" ", "-")


PAGES = {  # by the script in views/, in the order of the navigation
    "read": PageName("", "Read", "visibility", "Read exams, then see the AI result."),
    "filters": PageName("", "Filters", "view_column", "One view under each preprocessing filter."),
    "models": PageName(MODELS, "Models", "badge", "Each model with its test results and limits."),
    "reports": PageName(MODELS, "Compare models", "monitoring", "Test results of two or more models together."),
    "training": PageName(MODELS, "Runs", "show_chart", "Learning curves of your trainings."),
    "data": PageName(DATA, "Check a folder", "folder_data", "Classes, patients, licence and audit of a data folder."),
    "train": PageName(DATA, "Train on your data", "model_training", "A recipe for your folder, started and watched here."),
    "tour": PageName(LEARN, "Tour", "tour", "Eight steps in one minute, with a synthetic exam."),
    "session": PageName(LEARN, "Reading test", "history", "Read synthetic exams and see how well you did."),
    "leakage_demo": PageName(LEARN, "Data leakage demo", "balance", "The same network under a leaky and a sound split."),
    "notes": PageName(LEARN, "Report-text model", "description", "Scores the words of a report, without an image."),
    "about": PageName(LEARN, "About", "info", "Intended use, privacy, shortcuts, versions."),
}

# header
INTENDED_USE = "Research use only"
DARK, LIGHT = "Dark theme", "Light theme"
MORE = "More"
PRESENTER, PRESENTER_HELP = "Presenter mode", "Light theme, larger type, and a before/after slider for the heatmap."
RESET, RESET_HELP = "Reset for next visitor", "Closes all exams; deletes reads, marks and settings of this browser. Saved exams stay."
