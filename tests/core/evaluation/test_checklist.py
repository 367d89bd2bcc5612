"""The checklist follows what card and report hold, not a list of its own."""

import json

from core.evaluation.checklist import checklist
from core.folders import checkpoints_folder
from core.models.card import read_card


def answers(card, report):
    return {i.asks: i.answer for i in checklist(card, report)}


def test_answers_follow_card_and_report():
    folder = checkpoints_folder() / "phantom-triage"
    card, report = read_card(folder), json.loads((folder / "report.json").read_text())
    found = answers(card, report)
    assert set(found.values()) == {"present", "absent", "not applicable"}
    assert found["Explainability and its test"] == "present"
    assert answers(card, report | {"localisation": None, "heatmaps": None})["Explainability and its test"] == "absent"
    assert answers(card, report | {"subgroups": []})["Fairness: figures by group"] == "absent"
    assert answers(card.model_copy(update={"limits": ()}), report)["Limitations"] == "absent"
    assert found["Test on external data"] == "absent"  # no checkpoint has an external test
