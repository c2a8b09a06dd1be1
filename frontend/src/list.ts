/** The actions of a day by the hour, the newest first. */

import { css, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Action } from "./api";
import { Clock, startOfHour } from "./days";
import { color, icon, reading } from "./labels";
import { Part, define, walked } from "./part";
import { controls } from "./styles";
import { keyOf, placeOf } from "./timeline";

export class List extends Part {
  @property({ attribute: false }) actions: Action[] = [];
  /** What cameras are called, by place. */
  @property({ attribute: false }) names = new Map<string, string>();

  /** Lead the reader to an action. */
  reach(key: string): void {
    this.rows.find((row) => row.dataset.key === key)?.focus();
  }

  private get rows(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>(".row")];
  }

  protected override render() {
    const clock = new Clock(this.hass);
    const hours = new Map<number, Action[]>();
    for (const action of this.actions) {
      const hour = startOfHour(Date.parse(action.started_at), clock.zone);
      const within = hours.get(hour);
      if (within) within.push(action);
      else hours.set(hour, [action]);
    }
    return html`<div @keydown=${this.walk}>
        ${[...hours].map(
          ([hour, within]) => html`
            <h3 aria-label="${clock.hour(hour)}, ${this.text("hour_count", { count: within.length })}">
              ${clock.hour(hour)} <span class="quiet">${within.length}</span>
            </h3>
            <ul>
              ${repeat(within, keyOf, (action) => this.renderAction(action, clock))}
            </ul>
          `,
        )}
      </div>
      <slot></slot>`;
  }

  private renderAction(action: Action, clock: Clock) {
    const began = Date.parse(action.started_at);
    const lasted = action.ended_at && clock.duration(Date.parse(action.ended_at) - began);
    return html`<li>
      <button class="row" data-key=${keyOf(action)} @click=${() => this.tell("chosen", action)}>
        <span class="thumbnail" style="--tint:${color(action.label)}">
          ${
            action.snapshot
              ? html`<img
                  src=${action.snapshot}
                  alt=""
                  loading="lazy"
                  @error=${(event: Event) => (event.target as HTMLElement).remove()}
                />`
              : nothing
          }
          <ha-icon icon=${icon(action.label)}></ha-icon>
        </span>
        <span class="what">
          <b>${reading(this.hass, action.label)}</b>
          <span class="quiet"
            >${this.names.get(placeOf(action.entry_id, action.camera)) ?? action.camera}</span
          >
          ${action.correction ? html`<span class="tag">${this.text("corrected")}</span>` : nothing}
        </span>
        <span class="when">
          <span>${clock.time(began)}</span>
          <span class="quiet"
            >${lasted ?? html`<span class="now">${this.text("now")}</span>`} ·
            ${clock.percent(action.confidence)}</span
          >
        </span>
      </button>
    </li>`;
  }

  /** Arrows, Home and End walk through the list. */
  private readonly walk = (event: KeyboardEvent): void => {
    walked(event, this.rows, "ArrowUp", "ArrowDown");
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
        overflow-y: auto;
        overscroll-behavior: contain;
        border-top: 1px solid var(--line);
      }
      h3 {
        position: sticky;
        top: 0;
        z-index: 1;
        margin: 0;
        padding: 6px 16px;
        font-size: 13px;
        font-weight: 500;
        background: var(--ha-card-background, var(--card-background-color));
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .row {
        display: flex;
        align-items: center;
        gap: 12px;
        width: 100%;
        padding: 5px 16px;
      }
      .row:hover,
      .row:focus-visible {
        background: var(--soft);
      }
      .row:focus-visible {
        outline-offset: -2px;
      }
      .thumbnail {
        position: relative;
        display: grid;
        place-items: center;
        flex: none;
        width: 88px;
        height: 66px;
        overflow: hidden;
        border-radius: 8px;
        color: var(--tint);
        background: color-mix(in srgb, var(--tint) 16%, transparent);
        --mdc-icon-size: 28px;
      }
      .thumbnail img {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        object-fit: cover;
      }
      .thumbnail img + ha-icon {
        position: absolute;
        right: 4px;
        bottom: 4px;
        display: grid;
        place-items: center;
        width: 24px;
        height: 24px;
        border-radius: 50%;
        color: #fff;
        background: var(--tint);
        --mdc-icon-size: 16px;
      }
      .what,
      .when {
        display: flex;
        flex-direction: column;
        align-items: flex-start;
        min-width: 0;
      }
      .what {
        flex: 1;
      }
      .what > * {
        max-width: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .when {
        align-items: flex-end;
        flex: none;
        font-variant-numeric: tabular-nums;
      }
      b {
        font-weight: 500;
      }
      .tag {
        padding: 0 8px;
        border-radius: 8px;
        font-size: 12px;
        background: var(--soft);
      }
      .now {
        padding: 0 8px;
        border-radius: 8px;
        color: var(--primary-text-color);
        background: color-mix(in srgb, var(--primary-color) 20%, transparent);
      }
      @container (min-width: 800px) {
        ul {
          display: grid;
          grid-template-columns: 1fr 1fr;
        }
      }
      @container (max-width: 400px) {
        .thumbnail img + ha-icon {
          width: 20px;
          height: 20px;
          right: 2px;
          bottom: 2px;
          --mdc-icon-size: 14px;
        }
        .thumbnail {
          width: 64px;
          height: 48px;
        }
        .row {
          gap: 10px;
          padding-inline: 12px;
        }
      }
    `,
  ];
}

define("tinyact-list", List);
