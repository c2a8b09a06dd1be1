/** Zones to ignore, drawn on what a camera sees: with the mouse, a finger, or the keyboard. */

import { css, html, nothing, svg } from "lit";
import { property, query, state } from "lit/decorators.js";
import { type Refusal, type Zone, setZones, zones } from "./api";
import { Clock } from "./days";
import { Dialog } from "./dialog";
import { define } from "./part";
import { why } from "./remarks";
import { partsOf } from "./timeline";
import { MOST_ZONES, between, frameOf, isLargeEnough, moved, rectangle, resized } from "./zones";

/** Between two pictures, in ms. */
const NEXT_PICTURE = 2000;
/** How near to a corner is meant for it, in pixels: half of a finger. */
const NEAR = 20;
/** A press of an arrow. */
const STEP = 0.01;
/** From one that was added to the next, lest it covers it. */
const BESIDE = 0.04;
const ADDED = rectangle([0.35, 0.35, 0.65, 0.65]);

type Point = [number, number];

/** What the pointer does to a zone, given how far it went. */
type Drag = { from: Point; number: number; change: (to: Point) => Zone };

class ZonesDialog extends Dialog {
  /** What the cameras are called, by place. */
  @property({ attribute: false }) names = new Map<string, string>();
  @property({ attribute: false }) place = "";
  @state() private zones: Zone[] = [];
  @state() private picture: string | null = null;
  @state() private loaded = false;
  @state() private busy = false;
  @state() private leaving = false;
  /** Why it was not saved. */
  @state() private error?: string;
  /** Why there is nothing new to see. */
  @state() private blind?: string;
  @state() private said = "";
  /** Where a zone went: to be heard, for it can be seen. */
  @state() private moved = "";
  /** What the edge has. */
  @state() private kept: Zone[] = [];
  @query(".stage") private stage!: HTMLElement;
  private drag?: Drag;
  private timer?: ReturnType<typeof setTimeout>;

  protected override firstUpdated(): void {
    super.firstUpdated();
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private get changed(): boolean {
    return JSON.stringify(this.zones) !== JSON.stringify(this.kept);
  }

  private async load(): Promise<void> {
    this.loaded = false;
    this.picture = null;
    this.zones = [];
    this.kept = [];
    this.blind = undefined;
    await this.look();
  }

  /** Take the camera's zones, and what it sees; after that what it sees, again and again. */
  private readonly look = async (): Promise<void> => {
    clearTimeout(this.timer);
    const { place } = this;
    try {
      const there = await zones(this.hass, ...partsOf(place));
      if (place !== this.place) return;
      this.picture = there.picture;
      if (!this.loaded) this.zones = this.kept = there.zones;
      this.loaded = true;
      this.blind = undefined;
    } catch (refusal) {
      if (place !== this.place) return;
      this.blind = await why(this.hass, refusal as Refusal);
    }
    if (this.isConnected) this.timer = setTimeout(this.look, NEXT_PICTURE);
  };

  private readonly save = async (): Promise<void> => {
    const { place, zones: wanted } = this;
    this.busy = true;
    this.error = undefined;
    try {
      await setZones(this.hass, ...partsOf(place), wanted);
      this.kept = wanted;
      this.leaving = false;
      this.said = this.text("zones_saved");
    } catch (refusal) {
      this.error = await why(this.hass, refusal as Refusal);
    } finally {
      this.busy = false;
    }
  };

  /** Put a zone in the place of another. */
  private put(number: number, zone: Zone): void {
    this.zones = this.zones.map((each, at) => (at === number ? zone : each));
    this.said = "";
  }

  private readonly add = async (): Promise<void> => {
    const beside = BESIDE * this.zones.length;
    this.zones = [...this.zones, moved(ADDED, beside, beside)];
    this.said = "";
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".zone:last-of-type")?.focus();
  };

  private erase(number: number): void {
    this.zones = this.zones.filter((_, at) => at !== number);
    this.said = "";
    // What had the focus is gone.
    this.renderRoot.querySelector<HTMLElement>(".add")?.focus();
  }

  private nameOf(number: number, zone: Zone): string {
    const clock = new Clock(this.hass);
    const [left, top, right, bottom] = frameOf(zone).map((share) => clock.percent(share)) as [
      string,
      string,
      string,
      string,
    ];
    return this.text("zone_at", { number: number + 1, left, top, right, bottom });
  }

  protected override render() {
    return this.renderDialog(
      html`<ha-icon icon="mdi:vector-square"></ha-icon>`,
      this.text("zones"),
      html`
        ${this.names.size > 1 ? this.renderPlaces() : nothing}
        <p class="quiet" id="help">${this.text("zones_help")}</p>
        ${this.loaded ? this.renderStage() : nothing} ${this.renderNotices()}
        ${this.loaded ? this.renderZones() : nothing}
      `,
    );
  }

  private renderPlaces() {
    return html`<div class="buttons" role="group" aria-label=${this.text("cameras")}>
      ${[...this.names].map(
        ([place, name]) =>
          html`<button
            class="chip"
            aria-pressed=${place === this.place ? "true" : "false"}
            ?disabled=${this.changed || this.busy}
            @click=${() => {
              this.place = place;
              this.said = "";
              void this.load();
            }}
          >
            ${name}
          </button>`,
      )}
    </div>`;
  }

  private renderStage() {
    return html`<div
      class="stage ${this.picture ? "" : "blind quiet"}"
      @pointerdown=${this.begin}
      @pointermove=${this.move}
      @pointerup=${this.end}
      @pointercancel=${this.end}
    >
      ${
        this.picture
          ? html`<img src=${this.picture} alt=${this.names.get(this.place) ?? ""} draggable="false" />`
          : this.text("camera_unavailable")
      }
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        ${this.zones.map((zone) => svg`<polygon points=${zone.map((point) => point.join()).join(" ")} />`)}
      </svg>
      ${this.zones.map((zone, number) => {
        const [left, top, right, bottom] = frameOf(zone).map((share) => 100 * share) as [
          number,
          number,
          number,
          number,
        ];
        return html`<button
          class="zone"
          style="left:${left}%;top:${top}%;width:${right - left}%;height:${bottom - top}%"
          data-number=${number}
          aria-label=${this.nameOf(number, zone)}
          aria-describedby="keys"
          @keydown=${(event: KeyboardEvent) => this.press(event, number, zone)}
        >
          ${number + 1}<i></i><i></i><i></i><i></i>
        </button>`;
      })}
    </div>`;
  }

  private renderNotices() {
    return html`${this.renderError(this.error ?? this.blind)}
    ${
      this.leaving && this.changed
        ? html`<div class="notice warning" role="alert">
            <span>${this.text("zones_unsaved")}</span>
            <button class="chip" @click=${() => this.dialogElement.close()}>
              ${this.text("zones_discard")}
            </button>
          </div>`
        : nothing
    }`;
  }

  private renderZones() {
    return html`<ul>
        ${this.zones.map(
          (zone, number) =>
            html`<li>
              <span>${this.nameOf(number, zone)}</span>
              <button
                class="icon"
                aria-label=${this.text("zone_remove", { number: number + 1 })}
                title=${this.text("zone_remove", { number: number + 1 })}
                @click=${() => this.erase(number)}
              >
                <ha-icon icon="mdi:delete-outline"></ha-icon>
              </button>
            </li>`,
        )}
      </ul>
      <p class="quiet" id="keys">${this.text("zones_keys")}</p>
      <div class="buttons">
        <button class="action main" ?disabled=${this.busy || !this.changed} @click=${this.save}>
          <ha-icon icon="mdi:check"></ha-icon>${this.text("say")}
        </button>
        <button class="action add" ?disabled=${this.zones.length >= MOST_ZONES} @click=${this.add}>
          <ha-icon icon="mdi:plus"></ha-icon>${this.text("zone_add")}
        </button>
        <span class="quiet" role="status">${this.said}</span>
        <span class="unseen" role="status">${this.moved}</span>
      </div>`;
  }

  /** Where the pointer is, as shares of the picture. */
  private at(event: PointerEvent): Point {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  }

  private readonly begin = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const from = this.at(event);
    const element = (event.target as Element).closest<HTMLElement>(".zone");
    if (element) {
      const number = Number(element.dataset.number);
      this.drag = { from, number, change: this.changeOf(this.zones[number]!, element, from, event) };
    } else if (this.zones.length < MOST_ZONES) {
      const number = this.zones.length;
      this.drag = { from, number, change: (to) => rectangle(between(from, to)) };
    } else {
      this.said = this.text("zones_full", { count: MOST_ZONES });
      return;
    }
    this.stage.setPointerCapture(event.pointerId);
  };

  /** A zone is taken by the corner that is near, or else as a whole. */
  private changeOf(zone: Zone, element: HTMLElement, [x, y]: Point, event: PointerEvent) {
    const box = element.getBoundingClientRect();
    // In a small zone there is room between the corners, too.
    const near = Math.min(NEAR, box.width / 3, box.height / 3);
    const [right, below] = [box.right - event.clientX < near, box.bottom - event.clientY < near];
    const corner = (right || event.clientX - box.left < near) && (below || event.clientY - box.top < near);
    return ([u, v]: Point): Zone =>
      corner ? resized(zone, u - x, v - y, right, below) : moved(zone, u - x, v - y);
  }

  private readonly move = (event: PointerEvent): void => {
    if (!this.drag) return;
    const zone = this.drag.change(this.at(event));
    if (this.drag.number < this.zones.length) this.put(this.drag.number, zone);
    else if (isLargeEnough(frameOf(zone))) this.zones = [...this.zones, zone];
  };

  private readonly end = (): void => {
    this.drag = undefined;
  };

  /** Arrows move a zone, with Shift its lower right corner; Delete removes it. */
  private press(event: KeyboardEvent, number: number, zone: Zone): void {
    const step = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[
      event.key
    ] as Point | undefined;
    if (step) {
      const changed = event.shiftKey ? resized(zone, ...step) : moved(zone, ...step);
      this.put(number, changed);
      this.moved = this.nameOf(number, changed);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.erase(number);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Close, unless something would be lost. */
  protected override leave(): void {
    if (this.changed) this.leaving = true;
    else super.leave();
  }

  static override styles = [
    ...Dialog.styles,
    css`
      /* What is drawn on stays where it is while the list below grows. */
      @media (min-width: 600px) {
        dialog {
          margin-top: 16px;
        }
      }
      p {
        margin: 0;
        font-size: 13px;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .stage {
        position: relative;
        justify-self: center;
        overflow: hidden;
        border-radius: 8px;
        cursor: crosshair;
        touch-action: none;
        user-select: none;
      }
      .stage.blind {
        display: grid;
        place-items: center;
        width: 100%;
        aspect-ratio: 16 / 9;
        background: var(--soft);
      }
      img {
        display: block;
        width: 560px;
        max-width: 100%;
        max-height: 55vh;
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      polygon {
        fill: rgba(221, 0, 0, 0.35);
        stroke: #fff;
        stroke-width: 2px;
        vector-effect: non-scaling-stroke;
      }
      .zone {
        position: absolute;
        cursor: move;
        color: #fff;
        font-weight: 500;
        text-align: center;
        text-shadow: 0 0 3px #000;
        touch-action: none;
      }
      .zone:focus-visible {
        outline: 3px solid var(--primary-color);
        outline-offset: 0;
      }
      .zone i {
        position: absolute;
        width: 10px;
        height: 10px;
        border: 1px solid rgba(0, 0, 0, 0.6);
        border-radius: 50%;
        background: #fff;
        pointer-events: none;
      }
      .zone i:nth-of-type(odd) {
        left: -5px;
      }
      .zone i:nth-of-type(even) {
        right: -5px;
      }
      .zone i:nth-of-type(-n + 2) {
        top: -5px;
      }
      .zone i:nth-of-type(n + 3) {
        bottom: -5px;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        min-height: 48px;
        padding-block: 4px;
        border-bottom: 1px solid var(--line);
      }
      li span {
        flex: 1;
      }
    `,
  ];
}

define("tinyact-zones-dialog", ZonesDialog);
