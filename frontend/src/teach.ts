/** Teach what was missed: what somebody does in front of a camera just now. */

import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { type Edge, type Lesson, type Refusal, teach, unteach } from "./api";
import { nameOf } from "./cameras";
import { Clock } from "./days";
import { choosable, reading } from "./labels";
import { Part, define } from "./part";
import { why } from "./remarks";
import { controls } from "./styles";

/** Seconds back from now; the edge remembers two minutes. */
const SPANS = [5, 10, 20, 30, 60, 120];

class Teach extends Part {
  @property({ attribute: false }) edge!: Edge;
  @state() private lesson?: Lesson;
  @state() private busy = false;
  @state() private error?: string;

  private async attempt(work: () => Promise<Lesson | undefined>): Promise<void> {
    this.busy = true;
    this.error = undefined;
    try {
      this.lesson = await work();
    } catch (refusal) {
      this.error = await why(this.hass, refusal as Refusal);
    } finally {
      this.busy = false;
    }
  }

  private readonly submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const label = String(form.get("label")).trim();
    if (!label) return;
    void this.attempt(() =>
      teach(this.hass, this.edge.entry_id, String(form.get("camera")), label, Number(form.get("seconds"))),
    );
  };

  private readonly undo = (): void => {
    const { lesson } = this;
    if (!lesson) return;
    void this.attempt(async () => {
      await unteach(this.hass, this.edge.entry_id, lesson);
      return undefined;
    });
  };

  protected override render() {
    const clock = new Clock(this.hass);
    return html`<section aria-labelledby="missed">
      <h3 id="missed">${this.text("missed")}</h3>
      <p class="quiet">${this.text("missed_help")}</p>
      <form @submit=${this.submit}>
        <label
          >${this.text("camera")}
          <select name="camera">
            ${this.edge.cameras.map((camera) => html`<option value=${camera.id}>${nameOf(this.hass, camera)}</option>`)}
          </select>
        </label>
        <label
          >${this.text("missed_last")}
          <select name="seconds">
            ${SPANS.map(
              (seconds) =>
                html`<option value=${seconds} ?selected=${seconds === 10}>
                  ${clock.duration(seconds * 1000)}
                </option>`,
            )}
          </select>
        </label>
        <label
          >${this.text("missed_label")}
          <input name="label" list="labels" maxlength="40" required autocomplete="off" />
        </label>
        <datalist id="labels">
          ${choosable(this.edge.labels).map(
            (label) => html`<option value=${label}>${reading(this.hass, label)}</option>`,
          )}
        </datalist>
        <button class="action" ?disabled=${this.busy}>${this.text("teach")}</button>
      </form>
      ${this.renderError(this.error)}
      ${
        this.lesson
          ? html`<div class="notice" role="status">
              <span
                >${this.text("missed_taught", {
                  count: this.lesson.windows,
                  label: reading(this.hass, this.lesson.label),
                })} <span class="quiet">${this.text("state_taught")}</span></span
              >
              <button class="chip" ?disabled=${this.busy} @click=${this.undo}>
                <ha-icon icon="mdi:undo"></ha-icon>${this.text("undo")}
              </button>
            </div>`
          : nothing
      }
    </section>`;
  }

  static override styles = [
    controls,
    css`
      section {
        display: grid;
        gap: 10px;
      }
      h3,
      p {
        margin: 0;
      }
      h3 {
        font-size: 16px;
        font-weight: 500;
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        align-items: end;
        gap: 10px;
      }
      label {
        display: grid;
        gap: 2px;
        font-size: 13px;
      }
    `,
  ];
}

define("tinyact-teach", Teach);
