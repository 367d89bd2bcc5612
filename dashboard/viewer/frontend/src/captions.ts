// The text at the edges of the panes, and what they expose to screen readers and tests.
import { readout } from "./measure";
import type { Pane } from "./pane";
import type { Study, View } from "./study";

/** Names, scores and outlines; of several panes that of the open view is marked. */
export function caption(panes: Pane[], study: Study, truth: boolean): void {
  for (const pane of panes) {
    const view = pane.view as View;
    pane.root.classList.toggle("open", panes.length > 1 && view.id === study.open);
    pane.root.tabIndex = panes.length === 1 || view.id === study.open ? 0 : -1; // one stop of the Tab key
    pane.setCaption("name", view.label + (view.synthetic ? " · synthetic" : ""));
    const earlier = study.prior?.views.includes(view) ? study.prior.interval : null;
    const above = view.heats.some((h) => h.label === study.heatLabel && !h.weak) ? " ▲" : ""; // at or above the threshold
    pane.setCaption("number", [earlier, view.score && `score ${view.score}${above}`, view.turned].filter(Boolean).join(" · "));
    pane.outlines.set(view.truth);
    pane.outlines.show(truth);
  }
}

/** The newest measurement of each kind. */
export function exposeMeasurements(panes: Pane[]): void {
  for (const pane of panes) {
    const found = readout(pane.view as View);
    pane.root.dataset.ruler = found.ruler ?? "";
    pane.root.dataset.ellipse = found.ellipse ?? "";
  }
}
