/** Which day is shown: a step back, a step on, or from the calendar. */

import { css, html } from "lit";
import { property } from "lit/decorators.js";
import { Clock, dayOf, shift, startOfDay, zoneOf } from "./days";
import type { Text } from "./localize";
import { Part, define } from "./part";
import { controls } from "./styles";

class DayPicker extends Part {
  @property({ attribute: false }) day = "";

  protected override render() {
    const { day } = this;
    const clock = new Clock(this.hass);
    const today = dayOf(Date.now(), zoneOf(this.hass));
    const names: Record<string, Text> = { [today]: "today", [shift(today, -1)]: "yesterday" };
    const named = names[day];
    const noon = (startOfDay(day, clock.zone) + startOfDay(shift(day, 1), clock.zone)) / 2;
    const date = clock.date(noon);
    return html`<button
        class="icon"
        aria-label=${this.text("previous_day")}
        title=${this.text("previous_day")}
        @click=${() => this.tell("chosen", shift(day, -1))}
      >
        <ha-icon icon="mdi:chevron-left"></ha-icon>
      </button>
      <label class="date">
        <span aria-live="polite"
          >${named ? html`<b>${this.text(named)}</b>, ${date}` : html`<b>${date}</b>`}</span
        >
        <ha-icon icon="mdi:calendar"></ha-icon>
        <input
          type="date"
          aria-label=${this.text("choose_day")}
          .value=${day}
          max=${today}
          @click=${(event: Event) => (event.target as HTMLInputElement).showPicker?.()}
          @change=${(event: Event) => {
            const { value } = event.target as HTMLInputElement;
            if (value) this.tell("chosen", value > today ? today : value);
          }}
        />
      </label>
      <button
        class="icon"
        aria-label=${this.text("next_day")}
        title=${this.text("next_day")}
        ?disabled=${day >= today}
        @click=${() => this.tell("chosen", shift(day, 1))}
      >
        <ha-icon icon="mdi:chevron-right"></ha-icon>
      </button>`;
  }

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 0 8px;
      }
      .date {
        position: relative;
        display: inline-flex;
        align-items: center;
        gap: 8px;
        padding: 8px 12px;
        border-radius: 20px;
        --mdc-icon-size: 18px;
      }
      .date:hover {
        background: var(--soft);
      }
      .date input {
        position: absolute;
        inset: 0;
        width: 100%;
        opacity: 0;
        cursor: pointer;
      }
      .date:focus-within {
        outline: 2px solid var(--primary-color);
      }
      b {
        font-weight: 500;
      }
    `,
  ];
}

define("tinyact-day-picker", DayPicker);
