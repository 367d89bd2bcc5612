// What the viewer asks of the server. Streamlit may drop a message when another one follows at once, so each holds the last few,
// numbered by the clock; the server follows those that it has not seen.
import type { Mark } from "./study";

export type Request =
  | ["open", string] // a view, by its id
  | ["exam", 1 | -1] // the next one, or the one before
  | ["marks", Record<string, Mark[]>] // by view
  | ["category", number]
  | ["density", string]
  | ["record", true]; // or, once recorded, the next exam

export type Message = [number, ...Request][];

const LAST = 16;
const sent: Message = [];

/** Add a request; returns the message to send. */
export function asked(request: Request): Message {
  const number = Math.max(Date.now(), (sent.at(-1)?.[0] ?? 0) + 1);
  sent.push([number, ...request]);
  sent.splice(0, sent.length - LAST);
  return [...sent];
}
