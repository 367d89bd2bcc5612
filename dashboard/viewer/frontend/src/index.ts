// What the component's loader calls: show a study in an element, and close it again.
import type { FrontendRendererArgs } from "@streamlit/component-v2-lib";
import { hasWebGL } from "./engine";
import type { Mark, Study } from "./study";
import style from "./style.css?inline";
import { TEXT } from "./text";
import { Viewer, type Requests } from "./viewer";

type State = { plain: string; open: string; exam: number; marks: Record<string, Mark[]>; category: number; density: string; record: number };
type Args = FrontendRendererArgs<State, { study: Study }>;

const viewers = new WeakMap<Args["parentElement"], Viewer>();

export function show({ parentElement, data, setStateValue, setTriggerValue }: Args): void {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    if (!hasWebGL()) return setStateValue("plain", TEXT.plainNoWebGL);
    const root = document.createElement("div");
    root.className = "viewer";
    const looks = document.createElement("style");
    looks.textContent = style;
    parentElement.append(looks, root);
    try {
      const requests: Requests = {
        exam: (by) => setTriggerValue("exam", by),
        category: (category) => setTriggerValue("category", category),
        density: (density) => setTriggerValue("density", density),
        record: (count) => setTriggerValue("record", count),
        open: (id) => setTriggerValue("open", id),
        marks: (marks) => setTriggerValue("marks", marks),
        plain: () => setStateValue("plain", TEXT.plainLost),
      };
      viewer = new Viewer(root, requests);
    } catch {
      return setStateValue("plain", TEXT.plainNoWebGL);
    }
    viewers.set(parentElement, viewer);
  }
  viewer.show(data.study).catch((why: unknown) => console.warn("viewer:", why));
}

export function close(parentElement: Args["parentElement"]): void {
  viewers.get(parentElement)?.destroy();
  viewers.delete(parentElement);
  parentElement.querySelectorAll(".viewer, style").forEach((node) => node.remove());
}
