// What the component's loader calls: show a study in an element, and close it again.
import type { FrontendRendererArgs } from "@streamlit/component-v2-lib";
import { hasWebGL } from "./engine";
import type { Mark, Study } from "./study";
import style from "./style.css?inline";
import { Viewer, type Tell } from "./viewer";

type State = { plain: string; open: string; step: number; marks: Record<string, Mark[]> };
type Args = FrontendRendererArgs<State, { study: Study }>;

const viewers = new WeakMap<Args["parentElement"], Viewer>();
const TAKEN = "This browser took the graphics memory away";
const REFUSED = "This browser offers no WebGL 2";

export function show({ parentElement, data, setStateValue, setTriggerValue }: Args): void {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    if (!hasWebGL()) return setStateValue("plain", REFUSED);
    const root = document.createElement("div");
    root.className = "viewer";
    const looks = document.createElement("style");
    looks.textContent = style;
    parentElement.append(looks, root);
    try {
      const tell: Tell = {
        step: (by) => setTriggerValue("step", by),
        open: (id) => setTriggerValue("open", id),
        marks: (marks) => setTriggerValue("marks", marks),
        plain: () => setStateValue("plain", TAKEN),
      };
      viewer = new Viewer(root, tell);
    } catch {
      return setStateValue("plain", REFUSED);
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
