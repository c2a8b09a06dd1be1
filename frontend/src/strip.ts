/**
 * A lane of hours for each camera, and how often it saw what.
 *
 * The hours are the list's overview, for the eye and the pointer alone.
 */

import { css, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Action } from "./api";
import { type Choice, EVERYTHING, type Tally } from "./chosen";
import { Clock, startOfHour } from "./days";
import { color, icon, reading } from "./labels";
import { Part, define, walked } from "./part";
import { controls } from "./styles";
import { placeOf } from "./timeline";

const HOUR = 3_600_000;
/** At most so many times stand below the strip, so far apart. */
const TICKS = 5;
const STEPS = [1 / 12, 1 / 6, 1 / 4, 1 / 2, 1, 2, 3, 6].map((hours) => hours * HOUR);

class Strip extends Part {
  @property({ attribute: false }) actions: Action[] = [];
  /** The day, in ms since 1970. */
  @property({ attribute: false }) span: [number, number] = [0, 0];
  @property({ attribute: false }) horizon?: number;
  @property({ attribute: false }) lanes: { place: string; name: string; tally: Tally }[] = [];
  @property({ attribute: false }) choice!: Choice;

  /** From when to when there is something, for all of a day would be mostly night. */
  private get range(): [number, number] {
    const [start, end] = this.span;
    const newest = this.actions[0];
    const oldest = this.actions.at(-1);
    if (!newest || !oldest) return [start, end];
    const from = Date.parse(oldest.started_at);
    const to = Math.max(...this.actions.map((action) => this.endOf(action)));
    const grid = to - from < HOUR / 2 ? HOUR / 6 : HOUR;
    const { zone } = new Clock(this.hass);
    const floor = (at: number) => {
      const hour = startOfHour(at, zone);
      return hour + Math.floor((at - hour) / grid) * grid;
    };
    return [Math.max(start, floor(from)), Math.min(end, floor(to) + grid)];
  }

  private endOf(action: Action): number {
    return action.ended_at
      ? Date.parse(action.ended_at)
      : Math.max(Date.now(), Date.parse(action.started_at));
  }

  protected override render() {
    if (!this.lanes.length || !this.actions.length) return nothing;
    const [from, to] = this.range;
    const clock = new Clock(this.hass);
    const share = (at: number) => (100 * (Math.min(Math.max(at, from), to) - from)) / (to - from);
    const step = STEPS.find((each) => (to - from) / each <= TICKS) ?? to - from;
    const ticks: number[] = [];
    for (let at = from; at < to; at += step) ticks.push(at);
    return html`<div class="lanes">
        ${repeat(
          this.lanes,
          // Whoever chooses a camera by keyboard stays where they are.
          ({ place }) => place,
          ({ place, name, tally }) =>
            html`${
                this.lanes.length > 1 || this.choice.cameras.length
                  ? html`<div class="head">
                      <span class="name quiet" title=${name} aria-hidden="true">${name}</span>
                      ${this.renderTally(place, name, tally, clock)}
                    </div>`
                  : nothing
              }
              <div class="lane" aria-hidden="true">
                ${this.horizon ? html`<i class="beyond" style="width:${share(this.horizon)}%"></i>` : nothing}
                ${ticks.map((at) => html`<i class="tick" style="left:${share(at)}%"></i>`)}
                ${this.actions
                  .filter((action) => placeOf(action.entry_id, action.camera) === place)
                  .map((action) => {
                    const began = Date.parse(action.started_at);
                    const left = share(began);
                    return html`<i
                      class="mark"
                      title="${reading(this.hass, action.label)}, ${clock.time(began)}"
                      style="left:${left}%;width:${share(this.endOf(action)) - left}%;--tint:${color(action.label)}"
                      @click=${() => this.tell("opened", action)}
                    ></i>`;
                  })}
              </div>`,
        )}
      </div>
      <div class="ticks quiet" aria-hidden="true">
        ${ticks.map((at) => {
          const hour = clock.hour(at);
          return html`<span style="left:min(${share(at)}%, 100% - ${hour.length}ch)">${hour}</span>`;
        })}
      </div>`;
  }

  /** Each is a filter: of this camera, this action. */
  private renderTally(place: string, name: string, tally: Tally, clock: Clock) {
    const { cameras, labels } = this.choice;
    if (!tally.size) return nothing;
    return html`<div class="tally" role="group" aria-label=${name} @keydown=${this.walk}>
      ${[...tally].map(([label, { count, seconds }], number) => {
        const pressed =
          cameras.length === 1 && labels.length === 1 && cameras[0] === place && labels[0] === label;
        const time = clock.total(1000 * seconds);
        const read = `${reading(this.hass, label)}, ${count} ×, ${time}`;
        return html`<button
          tabindex=${number ? -1 : 0}
          aria-label=${read}
          aria-pressed=${pressed ? "true" : "false"}
          title=${read}
          @click=${() => this.tell("chosen", pressed ? EVERYTHING : { cameras: [place], labels: [label] })}
        >
          <ha-icon icon=${icon(label)} style="color:${color(label)}"></ha-icon>${count}
          <span class="quiet">${time}</span>
        </button>`;
      })}
    </div>`;
  }

  /** Tab stops at each camera once; from there arrows, Home and End lead on. */
  private readonly walk = (event: KeyboardEvent): void => {
    const group = event.currentTarget as HTMLElement;
    walked(event, [...group.querySelectorAll("button")], "ArrowLeft", "ArrowRight");
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 12px;
        margin-top: 4px;
        font-size: 12px;
        font-variant-numeric: tabular-nums;
        --mdc-icon-size: 15px;
      }
      .tally {
        display: flex;
        flex-wrap: wrap;
        gap: 0 2px;
        margin-left: -4px;
      }
      .tally button {
        display: inline-flex;
        align-items: center;
        gap: 3px;
        min-height: 24px;
        padding: 0 5px;
        border-radius: 12px;
        white-space: nowrap;
      }
      .tally button[aria-pressed="true"] {
        background: color-mix(in srgb, var(--primary-color) 18%, transparent);
      }
      .tally button:hover {
        background: var(--soft);
      }
      .lanes {
        display: grid;
        gap: 4px;
      }
      .name {
        flex: 1 1 10em;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .lane {
        position: relative;
        height: 22px;
        overflow: hidden;
        border-radius: 6px;
        background: var(--soft);
      }
      .lane > i {
        position: absolute;
        top: 0;
        bottom: 0;
      }
      .beyond {
        left: 0;
        background: repeating-linear-gradient(
          45deg,
          transparent 0 4px,
          color-mix(in srgb, var(--primary-text-color) 12%, transparent) 4px 6px
        );
      }
      .tick {
        width: 1px;
        background: var(--line);
      }
      .mark {
        min-width: 4px;
        background: var(--tint);
        border-radius: 2px;
        cursor: pointer;
      }
      .mark:hover {
        filter: brightness(1.2);
      }
      .ticks {
        position: relative;
        height: 18px;
        font-size: 11px;
        font-variant-numeric: tabular-nums;
        overflow: hidden;
      }
      .ticks span {
        position: absolute;
      }
    `,
  ];
}

define("tinyact-strip", Strip);
