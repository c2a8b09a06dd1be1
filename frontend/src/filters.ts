/** Of which cameras and actions the day is shown, and how often each action was seen. */

import { css, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import type { Camera } from "./api";
import { type Choice, type Tally, toggled } from "./chosen";
import { Clock } from "./days";
import { color, icon, reading } from "./labels";
import type { Text } from "./localize";
import { Part, define } from "./part";
import { controls } from "./styles";

class Filters extends Part {
  @property({ attribute: false }) choice!: Choice;
  @property({ attribute: false }) cameras: { place: string; name: string; state: Camera["state"] }[] = [];
  @property({ attribute: false }) labels: string[] = [];
  /** Of the chosen cameras. */
  @property({ attribute: false }) tally: Tally = new Map();

  protected override render() {
    const { cameras, labels } = this.choice;
    return html`
      ${
        this.cameras.length > 1
          ? this.renderChips(
              "cameras",
              cameras,
              (list) => ({ cameras: list, labels }),
              this.cameras,
              (each) => ({
                value: each.place,
                content: html`<span class="name">${each.name}</span>${
                    each.state === "online"
                      ? nothing
                      : html`<span class="quiet"
                          >${this.text(each.state === "paused" ? "camera_paused" : "camera_unavailable")}</span
                        >`
                  }`,
              }),
            )
          : nothing
      }
      ${
        this.labels.length > 1 || this.tally.size
          ? this.renderChips(
              "actions",
              labels,
              (list) => ({ cameras, labels: list }),
              this.labels,
              (label) => ({
                value: label,
                content: html`<ha-icon icon=${icon(label)} style="color:${color(label)}"></ha-icon>${reading(
                    this.hass,
                    label,
                  )}${this.renderTally(label)}`,
              }),
            )
          : nothing
      }
    `;
  }

  private renderChips<Each>(
    group: Text,
    chosen: string[],
    choice: (chosen: string[]) => Choice,
    all: Each[],
    chip: (each: Each) => { value: string; content: unknown },
  ) {
    const button = (pressed: boolean, list: string[], content: unknown) =>
      html`<button
        class="chip"
        aria-pressed=${pressed ? "true" : "false"}
        @click=${() => this.tell("chosen", choice(list))}
      >
        ${content}
      </button>`;
    return html`<div class="chips" role="group" aria-label=${this.text(group)}>
      ${button(!chosen.length, [], this.text("all"))}
      ${all.map((each) => {
        const { value, content } = chip(each);
        return button(chosen.includes(value), toggled(chosen, value), content);
      })}
    </div>`;
  }

  private renderTally(label: string) {
    const tally = this.tally.get(label);
    if (!tally) return nothing;
    const time = new Clock(this.hass).total(1000 * tally.seconds);
    // Of several cameras each has its times; here they would make the choice long.
    return html`<b>${tally.count}<span class="unseen"> ×</span></b
      ><span class=${this.cameras.length > 1 ? "unseen" : "quiet"}>${time}</span>`;
  }

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .chips {
        display: flex;
        gap: 8px;
        padding: 4px 32px 4px 16px;
        overflow-x: auto;
        scrollbar-width: none;
        /* There is more to the right. */
        mask-image: linear-gradient(to left, transparent, #000 32px);
      }
      /* A mouse does not swipe. */
      @media (hover: hover) {
        .chips {
          flex-wrap: wrap;
          gap: 6px;
          padding-right: 16px;
          mask-image: none;
        }
      }
      .chip {
        position: relative;
        flex: none;
      }
      .name {
        max-width: 15em;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      b {
        font-weight: 500;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];
}

define("tinyact-filters", Filters);
