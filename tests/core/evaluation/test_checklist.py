"""The checklist follows what card and report hold, not a list of its own."""

from core.evaluation.checklist import checklist
from core.evaluation.evaluation_report import load_report
from core.folders import checkpoints_folder
from core.models.card import read_card


def answers(card, report):
    return {i.topic: i.answer for i in checklist(card, report)}


def test_answers_follow_card_and_report():
    folder = checkpoints_folder() / "phantom-triage"
    card, report = read_card(folder), load_report(folder)
    found = answers(card, report)
    assert set(found.values()) == {"present", "absent", "not applicable"}
    assert found["Explainability and its test"] == "present"
    assert answers(card, report.model_copy(update={"localisation": None, "heatmaps": None}))["Explainability and its test"] == "absent"
    assert answers(card, report.model_copy(update={"subgroups": ()}))["Fairness: figures by group"] == "absent"
    assert answers(card.model_copy(update={"limits": ()}), report)["Limitations"] == "absent"
    assert found["Test on external data"] == "absent"  # no checkpoint has an external test
