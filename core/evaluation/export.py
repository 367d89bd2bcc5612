"""A report as one offline HTML page or as a table, both stamped; what the PDF shows comes from here too. No torch."""

from collections.abc import Iterator
from html import escape

import pandas as pd

from core.evaluation.metrics.multilabel import figures

STAMP = "RESEARCH USE ONLY. Not a medical device. Scores, not diagnoses."
SYNTHETIC = "SYNTHETIC: measured on phantoms; a check of the software, no evidence."
STYLE = """body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1f21}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{border:1px solid #c4c8ca;padding:.2rem .6rem;text-align:right}
td:first-child,th:first-child{text-align:left}.stamp{border:2px solid #a33;color:#a33;padding:.4rem .8rem;font-weight:bold}"""


def table_of(report: dict) -> pd.DataFrame:
    """One row a number: group, name, value, low, high, method, n, n_patients, undefined, stamp."""
    rows = []
    groups = [("", {"prevalence": report["prevalence"], "majority_baseline": report["majority_baseline"], **report["metrics"]})]
    groups += [("agreement", report["agreement"])]
    groups += [(f"class {c['class']}", {k: c[k] for k in ("precision", "recall", "f1", "auroc")}) for c in report["per_class"]]
    groups += [(f"{x['level']}, {x['rule']}", {k: x[k] for k in ("auroc", "sensitivity", "specificity")}) for x in report["levels"]]
    groups += [("AUROC of groups", {f"{x['by']} {x['group']}": x["auroc"] for x in report["subgroups"]})]
    groups += [("AUROC under changes, less that of the plain images", {x["change"]: x["difference"] for x in report["robustness"] or ()})]
    for among in ("all", "called", "missed"):
        for measure in ("pointing", "energy", "iou"):
            found = {r["method"]: r[measure] for r in (report["heatmaps"] or {}).get("rows", ()) if r["among"] == among}
            groups.append((f"heatmap, {measure}, {among}", found))
    groups += [
        ("AUROC of what the features also tell", {f"{x['of']} {x['value']}": x["auroc"] for x in report["shortcuts"] or () if "auroc" in x})
    ]
    groups += figures(report["multilabel"]) if "multilabel" in report else []
    for when in ("before", "after") if report["calibration"] else ():
        groups.append((f"calibration {when} the temperature", {k: report["calibration"][when][k] for k in ("ece", "brier")}))
    for group, numbers in groups:
        rows += [{"group": group, "name": name, **e} for name, e in numbers.items()]
    stamp = STAMP if not report["synthetic"] else f"{STAMP} {SYNTHETIC}"
    return pd.DataFrame(rows).assign(checkpoint=report["checkpoint"], stamp=stamp)


def sentences(report: dict) -> list[str]:
    """What stands above the figures, and the mistakes, in words."""
    n, space = report["n"], report["label_space"]
    out = [
        f"Test: {n['test']['images']} images of {n['test']['patients']} patients. Threshold {report['threshold']:.3f} "
        f"({report['threshold_rule']}) and temperature {report['temperature']:.2f} "
        f"from {n['validation']['images']} validation images of {n['validation']['patients']} other patients. "
        f"Split {report['split_sha256'][:12]}. Positive: {space['positive']}."
    ]
    if report["waiver"]:
        out.append(f"Leakage between splits was waived: {report['waiver']}")
    out += [*report["words"], *(c["text"] for c in report["collapsed"])]
    return out + ([report["localisation"]["text"]] if report["localisation"] else [])


def html_of(report: dict) -> str:
    """The report as one HTML page that loads nothing; every text of the report is escaped."""
    parts = [
        f"<h1>{escape(report['title'])}</h1>",
        f'<p class="stamp">{escape(STAMP)}{f" {escape(SYNTHETIC)}" if report["synthetic"] else ""}</p>',
        *(f"<p>{escape(text)}</p>" for text in sentences(report)),
    ]
    for title, group in groups_of(report):
        rows = [[r["name"], value(r), interval(r), str(r["n"]), str(r["n_patients"]), r["method"]] for r in group]
        parts.append(f"<h2>{escape(title)}</h2>" + _html(["", "value", "95 % interval", "images", "patients", "method"], rows))
    counts = report["confusion"]
    rows = [[c, *map(str, row)] for c, row in zip(counts["classes"], counts["counts"], strict=True)]
    parts.append("<h2>Confusion matrix (rows true, columns called)</h2>" + _html(["", *counts["classes"]], rows))
    head = f'<meta charset="utf-8"><title>{escape(report["title"])}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}<p class="stamp">{escape(STAMP)}</p></body></html>\n'


def groups_of(report: dict) -> Iterator[tuple[str, list[dict]]]:
    """(title, rows) of each group of numbers, rows as in `table_of`."""
    names = {"": "Headline figures", "agreement": "Agreement and areas"}
    for group, rows in table_of(report).groupby("group", sort=False):
        yield names.get(group) or group[0].upper() + group[1:], rows.to_dict("records")


def value(row: dict) -> str:
    """The number of a row, or why there is none."""
    return f"{row['value']:.3f}" if pd.notna(row["value"]) else f"not defined: {row['undefined']}"


def interval(row: dict) -> str:
    """Its 95 % interval."""
    return f"{row['low']:.3f} to {row['high']:.3f}" if pd.notna(row["low"]) else "–"


def _html(heading: list[str], rows: list[list[str]]) -> str:
    line = "".join(f"<th>{escape(h)}</th>" for h in heading)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{line}</tr>{body}</table>"
