// What the component's loader calls: show a study in an element, and close it again.
import type { FrontendRendererArgs } from "@streamlit/component-v2-lib";
import { hasWebGL } from "./engine";
import { asked, type Message } from "./requests";
import type { Study } from "./study";
import style from "./style.css?inline";
import { TEXT } from "./text";
import { Viewer } from "./viewer";

type State = { plain: string; requests: Message };
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
      viewer = new Viewer(
        root,
        (request) => setTriggerValue("requests", asked(request)),
        () => setStateValue("plain", TEXT.plainLost),
      );
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
