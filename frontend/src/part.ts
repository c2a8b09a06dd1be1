/** What the parts of the card have in common. */

import { LitElement, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import type { Hass } from "./hass";
import { localize, type Text } from "./localize";

export class Part extends LitElement {
  @property({ attribute: false }) hass!: Hass;

  protected text(text: Text, values?: Record<string, string | number>): string {
    return localize(this.hass, text, values);
  }

  protected tell(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  protected renderError(error: string | undefined) {
    return error === undefined
      ? nothing
      : html`<div class="notice error" role="alert">
          <span>${this.text("failed_short", { error })}</span>
        </div>`;
  }
}

/** Go from the element that has the focus to the one that a key leads to: an arrow, Home or End. */
export const walked = <Each extends HTMLElement>(
  event: KeyboardEvent,
  all: Each[],
  back: "ArrowLeft" | "ArrowUp",
  on: "ArrowRight" | "ArrowDown",
): Each | undefined => {
  const at = all.indexOf(event.target as Each);
  const goals: Record<string, number> = { [back]: at - 1, [on]: at + 1, Home: 0, End: all.length - 1 };
  const goal = goals[event.key];
  if (at < 0 || goal === undefined) return undefined;
  event.preventDefault();
  all[goal]?.focus();
  return all[goal];
};

/** A page that stays open over an update is given the new file while it has the old. */
export const define = (name: string, part: CustomElementConstructor): void => {
  if (!customElements.get(name)) customElements.define(name, part);
};
