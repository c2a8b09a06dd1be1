/** One action: what the camera saw of it, and what people say that it was. */

import { css, html, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { type Action, type Edge, type Refusal, type Verdict, correct, erase, uncorrect } from "./api";
import { Clock } from "./days";
import { Dialog } from "./dialog";
import { choosable, color, icon, reading } from "./labels";
import { isText } from "./localize";
import { define } from "./part";
import { why } from "./remarks";
import { keyOf } from "./timeline";

class ActionDialog extends Dialog {
  @property({ attribute: false }) action!: Action;
  @property({ attribute: false }) cameraName = "";
  @property({ attribute: false }) edge?: Edge;
  /** The actions beside this one in the list. */
  @property({ attribute: false }) earlier?: Action;
  @property({ attribute: false }) later?: Action;
  @state() private asking: "label" | "delete" | undefined;
  @state() private playing = false;
  @state() private broken = false;
  @state() private busy = false;
  @state() private error?: string;

  protected override firstUpdated(): void {
    super.firstUpdated();
    // Here the event still has the element that it came from.
    this.renderRoot.addEventListener("keydown", (event) => this.turn(event as KeyboardEvent));
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get("action") as Action | undefined;
    if (before && keyOf(before) !== keyOf(this.action)) {
      this.asking = undefined;
      this.error = undefined;
      this.playing = false;
      this.broken = false;
    }
  }

  /** Do something at the edge, and show what it refuses. */
  private async attempt(work: () => Promise<Action | void>): Promise<void> {
    this.busy = true;
    this.error = undefined;
    try {
      const action = await work();
      this.asking = undefined;
      if (action) this.tell("changed", action);
    } catch (refusal) {
      this.error = await why(this.hass, refusal as Refusal);
    } finally {
      this.busy = false;
    }
  }

  private say(verdict: Verdict): void {
    void this.attempt(() => correct(this.hass, this.action, verdict));
  }

  protected override render() {
    const { action } = this;
    const title = reading(this.hass, action.label);
    return this.renderDialog(
      html`<ha-icon icon=${icon(action.label)} style="color:${color(action.label)}"></ha-icon>`,
      title,
      html`${this.renderMedia(title)} ${this.renderFacts()} ${this.renderError(this.error)}
      ${this.asking === "label" ? this.renderChoice() : this.renderVerdict()}`,
      html`${this.renderTurn("later", "mdi:chevron-up", this.later)}
      ${this.renderTurn("earlier", "mdi:chevron-down", this.earlier)}`,
    );
  }

  private renderTurn(text: "earlier" | "later", shape: string, action: Action | undefined) {
    return html`<button
      class="icon"
      aria-label=${this.text(text)}
      title=${this.text(text)}
      ?disabled=${!action}
      @click=${() => this.tell("chosen", action)}
    >
      <ha-icon icon=${shape}></ha-icon>
    </button>`;
  }

  private renderMedia(title: string) {
    const { action } = this;
    const alt = this.text("picture", { label: title, camera: this.cameraName });
    if (this.playing && action.clip) {
      return html`<div class="media">
        <video
          src=${action.clip}
          poster=${action.snapshot ?? nothing}
          aria-label=${alt}
          controls
          autoplay
          muted
          loop
          playsinline
          @error=${() => {
            this.playing = false;
            this.error = this.text("clip_failed");
          }}
        ></video>
        <button class="chip over" @click=${() => (this.playing = false)}>${this.text("still")}</button>
      </div>`;
    }
    if ((!action.snapshot || this.broken) && !action.clip) {
      return html`<div class="media none quiet">
        <ha-icon icon="mdi:image-off-outline"></ha-icon>${this.text("no_picture")}
      </div>`;
    }
    return html`<div class="media ${action.snapshot ? "" : "none"}">
      ${
        action.snapshot
          ? html`<img src=${action.snapshot} alt=${alt} @error=${() => (this.broken = true)} />`
          : nothing
      }
      ${
        action.clip
          ? html`<button class="chip over" @click=${() => (this.playing = true)}>
              <ha-icon icon="mdi:play"></ha-icon>${this.text("play")}
            </button>`
          : nothing
      }
    </div>`;
  }

  private renderFacts() {
    const { action } = this;
    const clock = new Clock(this.hass);
    const began = Date.parse(action.started_at);
    const duration = action.ended_at
      ? clock.duration(Date.parse(action.ended_at) - began)
      : this.text("goes_on");
    return html`<dl>
      <dt>${this.text("camera")}</dt>
      <dd>${this.cameraName}</dd>
      <dt>${this.text("began")}</dt>
      <dd>${clock.date(began)}, ${clock.time(began)}</dd>
      <dt>${this.text("lasted")}</dt>
      <dd>${action.end_reason === "interrupted" ? this.text("interrupted", { duration }) : duration}</dd>
      <dt>${this.text("confidence")}</dt>
      <dd>
        <span class="meter"
          ><i style="width:${100 * action.confidence}%;background:${color(action.label)}"></i
        ></span>
        ${clock.percent(action.confidence)}
      </dd>
    </dl>`;
  }

  private renderVerdict() {
    const { action } = this;
    return html`<section aria-label=${this.text("was_it")}>
        ${action.correction ? this.renderSaid() : this.renderQuestion()}
      </section>
      ${this.hass.user?.is_admin ? this.renderErase() : nothing}`;
  }

  private renderQuestion() {
    const { action } = this;
    return html`<h3>${this.text("was_it")}</h3>
      <div class="buttons">
        ${
          this.edge?.teachable
            ? html`<button
                  class="action main"
                  ?disabled=${this.busy}
                  @click=${() => this.say({ label: action.label })}
                >
                  <ha-icon icon="mdi:check"></ha-icon>${this.text("right")}
                </button>
                <button class="action" ?disabled=${this.busy} @click=${() => (this.asking = "label")}>
                  <ha-icon icon="mdi:pencil"></ha-icon>${this.text("other")}
                </button>`
            : nothing
        }
        <button
          class="action"
          ?disabled=${this.busy}
          aria-describedby="never"
          @click=${() => this.say({ never_here: true })}
        >
          <ha-icon icon="mdi:cancel"></ha-icon>${this.text("never_here")}
        </button>
      </div>
      <p id="never" class="quiet">
        ${this.text("never_here_help", { label: reading(this.hass, action.label) })}
        ${this.edge?.teachable ? nothing : this.text("learn_nowhere")}
      </p>`;
  }

  private renderSaid() {
    const { kind, recognized, state: stage, detail, code } = this.action.correction!;
    const refusal = `refused_${code}`;
    const label = reading(this.hass, this.action.label);
    const said = kind === "label" && recognized === this.action.label ? "right" : kind;
    return html`<div class="notice ${stage === "refused" ? "warning" : ""}" role="status">
        <span
          >${this.text(`said_${said}`, { label, recognized: reading(this.hass, recognized) })}
          <span class="quiet"
            >${this.text(`state_${stage}`, { detail: isText(refusal) ? this.text(refusal) : (detail ?? "") })}</span
          ></span
        >
        <button
          class="chip"
          ?disabled=${this.busy}
          @click=${() => this.attempt(() => uncorrect(this.hass, this.action))}
        >
          <ha-icon icon="mdi:undo"></ha-icon>${this.text("undo")}
        </button>
      </div>
      ${
        this.edge?.teachable && this.hass.user?.is_admin && stage !== "kept"
          ? html`<button class="action main learn" @click=${() => this.tell("learn")}>
              <ha-icon icon="mdi:school-outline"></ha-icon>${this.text("learn_now")}
            </button>`
          : nothing
      }`;
  }

  private renderChoice() {
    const now = this.action.label;
    return html`<section aria-labelledby="what">
      <h3 id="what">${this.text("what_was_it")}</h3>
      <div class="buttons">
        ${choosable(this.edge?.labels ?? [])
          .filter((label) => label !== now)
          .map(
            (label) =>
              html`<button class="chip" ?disabled=${this.busy} @click=${() => this.say({ label })}>
                <ha-icon icon=${icon(label)} style="color:${color(label)}"></ha-icon
                >${reading(this.hass, label)}
              </button>`,
          )}
        <button class="chip" ?disabled=${this.busy} @click=${() => this.say({ not: true })}>
          <ha-icon icon="mdi:close"></ha-icon>${this.text("not_this", { label: reading(this.hass, now) })}
        </button>
      </div>
      <form @submit=${this.sayTyped}>
        <label for="typed">${this.text("another")}</label>
        <input
          id="typed"
          name="label"
          maxlength="40"
          required
          autocomplete="off"
          aria-describedby="typed-help"
        />
        <button class="action main" ?disabled=${this.busy}>${this.text("say")}</button>
        <span id="typed-help" class="quiet">${this.text("another_help")}</span>
      </form>
      <button class="chip" @click=${() => (this.asking = undefined)}>
        <ha-icon icon="mdi:arrow-left"></ha-icon>${this.text("back")}
      </button>
    </section>`;
  }

  private renderErase() {
    if (this.asking !== "delete") {
      return html`<div>
        <button class="chip quiet" @click=${() => (this.asking = "delete")}>
          <ha-icon icon="mdi:delete-outline"></ha-icon>${this.text("delete")}
        </button>
      </div>`;
    }
    return html`<div class="notice warning">
      <span>${this.text("delete_sure")}</span>
      <button class="chip" @click=${() => (this.asking = undefined)}>${this.text("back")}</button>
      <button
        class="chip danger"
        ?disabled=${this.busy}
        @click=${() => this.attempt(() => erase(this.hass, this.action))}
      >
        ${this.text("delete_yes")}
      </button>
    </div>`;
  }

  private readonly sayTyped = (event: SubmitEvent): void => {
    event.preventDefault();
    const label = String(new FormData(event.target as HTMLFormElement).get("label")).trim();
    if (label) this.say({ label });
  };

  /** Up and down turn to the actions beside this one. */
  private turn(event: KeyboardEvent): void {
    const action = { ArrowUp: this.later, ArrowDown: this.earlier }[event.key];
    if (!action || (event.target as Element).matches("input, video")) return;
    event.preventDefault();
    this.tell("chosen", action);
  }

  /** What had the focus may be gone; then it goes to what came in its place. */
  protected override updated(changed: PropertyValues): void {
    if ((changed.has("asking") || changed.has("action")) && !this.shadowRoot?.activeElement) {
      this.renderRoot.querySelector<HTMLElement>("section button")?.focus();
    }
  }

  static override styles = [
    ...Dialog.styles,
    css`
      .media {
        position: relative;
        overflow: hidden;
        border-radius: 12px;
        background: #000;
        min-height: 48px;
      }
      .media.none {
        display: grid;
        place-items: center;
        gap: 8px;
        padding: 32px 16px;
        background: var(--soft);
      }
      img,
      video {
        display: block;
        width: 100%;
        max-height: 50vh;
        object-fit: contain;
      }
      .over {
        position: absolute;
        left: 12px;
        top: 12px;
        color: #fff;
        border-color: transparent;
        background: rgba(0, 0, 0, 0.65);
      }
      .over:hover:enabled {
        background: rgba(0, 0, 0, 0.8);
      }
      .none .over {
        position: static;
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 6px 16px;
        margin: 0;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        margin: 0;
        display: flex;
        align-items: center;
        gap: 10px;
      }
      .meter {
        flex: 1;
        max-width: 160px;
        height: 6px;
        border-radius: 3px;
        overflow: hidden;
        background: var(--line);
      }
      .meter i {
        display: block;
        height: 100%;
      }
      section {
        display: grid;
        gap: 12px;
        justify-items: start;
      }
      h3 {
        margin: 0;
        font-size: 16px;
        font-weight: 500;
      }
      p {
        margin: 0;
        font-size: 13px;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .notice {
        width: 100%;
      }
      form {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 4px 8px;
        width: 100%;
      }
      form label,
      form .quiet {
        grid-column: 1 / -1;
        font-size: 13px;
      }
      .danger {
        color: var(--error-color);
        border-color: currentColor;
      }
    `,
  ];
}

define("tinyact-action-dialog", ActionDialog);
