"""The operating point of a model's page: slider and rules on top; rates, net benefit, calibration and abstention in a tab."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text
from dashboard.session import worklist

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


def choose(card: Card, report: "EvaluationReport") -> "EvaluationReport":
    """Draw slider and rules; the report at the chosen operating point."""
    try:
        rules = {text.OWN_RULE: card.threshold} | checkpoints.rules(card)
    except SecondReaderError as e:
        st.caption(text.FIXED.format(reason=e))
        return report
    slider, pills = f"threshold_{card.name}", f"rule_{card.name}"
    worklist.begin_state(slider, card.threshold)
    worklist.begin_state(pills, text.OWN_RULE)

    def take_rule() -> None:
        if rule := st.session_state[pills]:
            worklist.set_state(slider, rules[rule])

    def leave_rule() -> None:
        worklist.set_state(pills, None)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        label = text.THRESHOLD.format(positive=card.label_space.positive, threshold=st.session_state[slider])
        threshold = st.slider(
            phrases.escaped(label),
            0.0,
            1.0,
            step=0.005,
            format="%.3f",
            key=slider,
            on_change=leave_rule,
            help=text.THRESHOLD_HELP,
            width=620,
        )
        rule = st.pills(
            text.PRESETS, list(rules), format_func=lambda r: text.RULES.get(r, r), key=pills, on_change=take_rule, help=text.RULES_HELP
        )
    try:
        found = checkpoints.report_at(card, threshold, _where(report, threshold, rule))
    except SecondReaderError as e:
        st.error(str(e), icon=":material/error:")
        return report
    (tn, fp), (fn, tp) = found.confusion.counts
    st.caption(text.COUNTS.format(tp=tp, fn=fn, fp=fp, tn=tn, threshold=threshold, rule=found.threshold_rule))
    return found


def _where(report: "EvaluationReport", threshold: float, rule: str | None) -> str:
    """Where the threshold comes from, in words."""
    if threshold == report.threshold:
        return report.threshold_rule
    return text.CHOSEN_BY_RULE.format(rule=text.RULES.get(rule, rule), chosen=text.CHOSEN) if rule else text.CHOSEN


def details(card: Card, report: "EvaluationReport") -> None:
    """The tab: rates on test and validation, net benefit, calibration, uncertainty, agreement."""
    try:
        left, right = st.columns(2, gap="large")
        with left:
            _rates(card, report)
        with right:
            _benefit(card, report.threshold)
        left, right = st.columns(2, gap="large")
        with left:
            _calibration(card)
        with right:
            _uncertainty(report, card.name)
    except SecondReaderError as e:
        st.info(str(e), icon=":material/info:")
    _agreement(report)


def _agreement(report: "EvaluationReport") -> None:
    st.markdown(f"##### {text.AGREEMENT}")
    left, right = st.columns(2, gap="large")
    rows = [{"metric": phrases.METRICS.get(k, k), "value": e.text()} for k, e in report.agreement.items()]
    left.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    intervals = report.analytic_intervals
    rows = [
        {"metric": phrases.METRICS.get(k, k), "interval": f"{i.low:.2f} to {i.high:.2f}", "method": i.method} for k, i in intervals.items()
    ]
    right.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    right.caption(text.ANALYTIC)


def _rates(card: Card, report: "EvaluationReport") -> None:
    from core.evaluation.metrics.operating_point import at

    point = at(checkpoints.scores(card, "test"), report.threshold)
    before = at(checkpoints.scores(card, "validation"), report.threshold)
    rows = [
        {"rate": text.RATES[name], "test": e.text(), "n": e.n, "validation": before.rates[name].text()} for name, e in point.rates.items()
    ]
    st.markdown(f"##### {text.RATES_TITLE}")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _benefit(card: Card, threshold: float) -> None:
    from core.evaluation.metrics.operating_point import net_benefits

    grid = np.linspace(0.005, 0.9, 180)
    curves = net_benefits(checkpoints.scores(card, "test"), grid)
    st.markdown(f"##### {text.NET_BENEFIT_TITLE}")
    static_chart(evaluation.net_benefit(grid, curves, threshold), f"benefit_{card.name}", "Net benefit by threshold")
    st.caption(text.NET_BENEFIT)


def _calibration(card: Card) -> None:
    """The reliability diagram with and without the temperature."""
    found, before = checkpoints.reliability(card), checkpoints.reliability(card, 1.0)
    st.markdown(f"##### {text.CALIBRATION}")
    static_chart(evaluation.reliability(found.bins, before.bins), f"reliability_{card.name}", "Reliability diagram")
    st.text(found.sentence)
    st.caption(text.BEFORE_TEMPERATURE.format(temperature=card.temperature, sentence=before.sentence))


def _uncertainty(report: "EvaluationReport", name: str) -> None:
    st.markdown(f"##### {text.UNCERTAINTY}")
    risk = report.selective_prediction
    static_chart(evaluation.risk(risk.coverage, risk.error_rate), f"risk_{name}", "Error rate by coverage")
    st.caption(text.SELECTIVE.format(aurc=risk.aurc))
    if found := report.conformal:
        coverage = found.coverage.text()
        st.text(text.CONFORMAL.format(target=1 - found.alpha, n=found.n_validation, coverage=coverage, size=found.mean_size))
        rows = [{"class": c, "coverage": e.text()} for c, e in found.by_class.items()]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption(text.SET_SIZES.format(sizes=", ".join(f"{k}: {n}" for k, n in found.set_sizes.items())))
