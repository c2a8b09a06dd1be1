/** The card `custom:tinyact-timeline-card`: a day in front of the cameras. */

import { LitElement, css, html, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import {
  type Action,
  type Camera,
  type Edge,
  type Refusal,
  type Update,
  actions,
  subscribe,
  totals,
} from "./api";
import { namesOf, placesOf, within } from "./cameras";
import { type Choice, EVERYTHING, type Tally, recall, remember, sum } from "./chosen";
import { type CardConfig, check, form, frontendHass, suggestion } from "./config";
import { Clock, dayOf, shift, startOfDay, zoneOf } from "./days";
import type { Hass } from "./hass";
import { choosable, reading } from "./labels";
import type { List } from "./list";
import { localize, type Text } from "./localize";
import { why } from "./remarks";
import { controls } from "./styles";
import { Timeline, keyOf, placeOf } from "./timeline";
import "./action-dialog";
import "./day-picker";
import "./filters";
import "./learn-dialog";
import "./list";
import "./strip";
import "./zones-dialog";

const TYPE = "tinyact-timeline-card";
/** Between two questions to a Home Assistant that starts, in ms. */
const STARTS = 2000;
/** So many actions of a day are listed without being asked for, which is all of most days. */
const UNASKED = 500;
/** Actions in a list. */
const MOST = 2000;
/** From the first thing that happens to when it is counted, in ms: where one happens there are more. */
const COUNT_AFTER = 1000;

class TimelineCard extends LitElement {
  @property({ attribute: false }) hass?: Hass;
  @state() private config?: CardConfig;
  @state() private edges?: Edge[];
  @state() private error?: string;
  @state() private loading = false;
  @state() private day = "";
  @state() private chosen = EVERYTHING;
  /** By place. */
  @state() private tallies = new Map<string, Tally>();
  @state() private opened?: Action;
  @state() private learning?: string;
  /** The place whose zones are drawn. */
  @state() private zoning?: string;
  @state() private said = "";
  @query("tinyact-list") private listElement?: List;

  private timeline = new Timeline();
  /** Whether the day shown is today, and is to stay so past midnight. */
  private following = true;
  private unsubscribe?: Promise<(() => Promise<void>) | undefined>;
  /** The load whose answers still count. */
  private current = 0;
  /** Whether things may have happened that nobody told. */
  private missed = true;
  /** What is listed until there is an answer to what was chosen instead. */
  private kept: Action[] = [];
  private counting?: ReturnType<typeof setTimeout>;

  static getStubConfig(): Omit<CardConfig, "type"> {
    return {};
  }

  static getConfigForm = form;

  setConfig(config: CardConfig): void {
    check(config);
    this.config = config;
    this.chosen = recall(this.name);
    if (this.edges) void this.load();
  }

  getCardSize(): number {
    return 8;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.unsubscribe?.then((stop) => stop?.()).catch(() => undefined);
    this.unsubscribe = undefined;
    this.edges = undefined;
    clearTimeout(this.counting);
    this.counting = undefined;
  }

  /** Home Assistant hands over a new `hass` with each change of any state. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    if ([...changed.keys()].some((key) => key !== "hass")) return true;
    const before = changed.get("hass") as Hass | undefined;
    const now = this.hass;
    return (
      !before ||
      !now ||
      before.connected !== now.connected ||
      before.locale !== now.locale ||
      before.localize !== now.localize ||
      before.devices !== now.devices ||
      before.user !== now.user ||
      this.past
    );
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("hass")) return;
    // The connection that it was made over is lost.
    if (this.hass?.connected === false) this.unsubscribe = undefined;
    this.listen();
    if (this.past) this.go(this.today);
  }

  private text(text: Text, values?: Record<string, string | number>): string {
    return localize(this.hass, text, values);
  }

  private listen(): void {
    if (!this.hass?.connected || !this.isConnected || this.unsubscribe) return;
    this.missed = true;
    this.unsubscribe = subscribe(this.hass, (update) => this.take(update)).catch(async (refusal: Refusal) => {
      // Home Assistant answers before it has set up what is asked for.
      if (refusal.code === "unknown_command") setTimeout(this.retry, STARTS);
      else this.error = await why(this.hass!, refusal);
      return undefined;
    });
  }

  private readonly retry = (): void => {
    this.error = undefined;
    if (this.edges && !this.missed) {
      void this.load();
    } else {
      this.unsubscribe = undefined;
      this.listen();
    }
  };

  private take(update: Update): void {
    if (update.type === "edges") {
      const known = this.edges?.filter((edge) => edge.available).map((edge) => edge.entry_id);
      const gained = update.edges.some((edge) => edge.available && !known?.includes(edge.entry_id));
      this.edges = update.edges;
      this.error = undefined;
      if (this.missed || gained) void this.load();
      this.missed = false;
    } else if (update.type === "action_removed") {
      this.timeline.remove(keyOf(update));
      this.countSoon();
      if (this.opened && keyOf(this.opened) === keyOf(update)) this.opened = undefined;
      this.requestUpdate();
    } else {
      this.takeAction(update.action, update.event === "confirmed" && !update.replay);
    }
  }

  private takeAction(action: Action, confirmed: boolean): void {
    // Though it may be none of what is listed any more, now that it is something else.
    if (this.opened && keyOf(this.opened) === keyOf(action)) this.opened = action;
    const began = Date.parse(action.started_at);
    if (this.following && dayOf(began, this.zone) > this.day) {
      this.go(dayOf(began, this.zone), true);
      return;
    }
    const [start, end] = this.span;
    if (began >= start && began < end) this.countSoon();
    if (began >= start && began < end && this.wanted(action)) {
      this.timeline.put(action);
      if (confirmed) this.said = this.sentence(action);
    } else {
      this.timeline.remove(keyOf(action));
    }
    // A page that stays open all day does not grow all day.
    if (this.timeline.size > MOST) void this.load();
    this.requestUpdate();
  }

  private get zone(): string {
    return zoneOf(this.hass!);
  }

  private get today(): string {
    return dayOf(Date.now(), this.zone);
  }

  /** Whether midnight has passed over a card that shows today. */
  private get past(): boolean {
    return this.following && this.day !== "" && this.day < this.today;
  }

  private get span(): [number, number] {
    return [startOfDay(this.day, this.zone), startOfDay(shift(this.day, 1), this.zone)];
  }

  /** The cameras that the card is for, by place. */
  private get places(): Map<string, Camera> {
    return placesOf(this.edges ?? [], this.config?.cameras ?? []);
  }

  /** What may be chosen: first what was seen. */
  private get labels(): string[] {
    const chosen = this.config?.labels;
    if (chosen?.length) return chosen;
    const seen = sum([...this.tallies.values()]);
    const known = (this.edges ?? []).flatMap((edge) => edge.labels);
    const all = choosable([...new Set([...known, ...seen.keys(), ...this.chosen.labels])]);
    return [...all.filter((label) => seen.has(label)), ...all.filter((label) => !seen.has(label))];
  }

  /** What was chosen, but for cameras that are gone. */
  private get choice(): Choice {
    const { places, chosen } = this;
    return { ...chosen, cameras: chosen.cameras.filter((place) => places.has(place)) };
  }

  /** By which this card remembers what was chosen. */
  private get name(): string {
    return `${TYPE} ${JSON.stringify([this.config?.cameras ?? [], this.config?.labels ?? []])}`;
  }

  /** The places that the card is for, if it is not for all. */
  private get own(): string[] | undefined {
    return this.config?.cameras?.length ? [...this.places.keys()] : undefined;
  }

  /** What to ask for: of all places where there are none, of all labels where the list is empty. */
  private get asked(): { cameras: string[] | undefined; labels: string[] } {
    const { cameras, labels } = this.choice;
    return {
      cameras: cameras.length ? cameras : this.own,
      labels: labels.length ? labels : (this.config?.labels ?? []),
    };
  }

  private wanted(action: Action): boolean {
    const { cameras, labels } = this.asked;
    const place = placeOf(action.entry_id, action.camera);
    return (cameras?.includes(place) ?? true) && (!labels.length || labels.includes(action.label));
  }

  /** Show a day from its newest action on. */
  private go(day: string, following = day === this.today): void {
    this.day = day;
    this.following = following;
    this.kept = [];
    this.tallies = new Map();
    void this.load();
  }

  private readonly choose = (choice: Choice): void => {
    this.chosen = choice;
    remember(this.name, choice);
    void this.load();
  };

  private async load(): Promise<void> {
    if (!this.hass) return;
    this.day ||= this.today;
    this.timeline = new Timeline();
    void this.count();
    await this.fetch(this.reachable);
  }

  private get reachable(): string[] {
    return (this.edges ?? []).filter((edge) => edge.available).map((edge) => edge.entry_id);
  }

  private async more(): Promise<void> {
    const unfinished = [...this.timeline.next].flatMap(([entryId, token]) =>
      token === null ? [] : [entryId],
    );
    await this.fetch(unfinished);
  }

  /** Ask edges for their next page each. */
  private async fetch(entryIds: string[]): Promise<void> {
    const mine = ++this.current;
    const timeline = this.timeline;
    this.loading = true;
    this.error = undefined;
    const { cameras, labels } = this.asked;
    const ask = async (entryId: string): Promise<void> => {
      const camera = within(entryId, cameras);
      if (camera?.length === 0) return;
      const page = await actions(this.hass!, entryId, {
        camera: camera ?? [],
        label: labels,
        ...this.asking,
        page: timeline.next.get(entryId) ?? undefined,
      });
      timeline.add(entryId, page);
    };
    const answers = await Promise.allSettled(entryIds.map(ask));
    if (mine !== this.current) return;
    const failed = answers.find((answer) => answer.status === "rejected");
    if (!failed && !timeline.complete && timeline.size < UNASKED) {
      this.requestUpdate();
      return this.more();
    }
    this.loading = false;
    if (failed) this.error = await why(this.hass!, failed.reason as Refusal);
  }

  private get asking(): { after: string; before: string } {
    const [start, end] = this.span;
    return { after: new Date(start).toISOString(), before: new Date(end).toISOString() };
  }

  private countSoon(): void {
    this.counting ??= setTimeout(() => void this.count(), COUNT_AFTER);
  }

  /** Ask how often what was seen on this day, whatever is chosen of it. */
  private async count(): Promise<void> {
    clearTimeout(this.counting);
    this.counting = undefined;
    const { day } = this;
    const places = this.own;
    const tallies = new Map<string, Tally>();
    const ask = async (entryId: string): Promise<void> => {
      const camera = within(entryId, places);
      if (camera?.length === 0) return;
      for (const total of await totals(this.hass!, entryId, { camera: camera ?? [], ...this.asking })) {
        const wanted = this.config?.labels;
        if (wanted?.length && !wanted.includes(total.label)) continue;
        const place = placeOf(entryId, total.camera);
        tallies.set(place, (tallies.get(place) ?? new Map()).set(total.label, total));
      }
    };
    // Why an edge does not answer is said of its actions.
    await Promise.allSettled(this.reachable.map(ask));
    if (day === this.day) this.tallies = tallies;
  }

  private nameOf(action: Action): string {
    return this.names.get(placeOf(action.entry_id, action.camera)) ?? action.camera;
  }

  private get names(): Map<string, string> {
    return namesOf(this.hass!, this.edges ?? [], this.places);
  }

  private sentence(action: Action): string {
    return this.text("seen", {
      label: reading(this.hass!, action.label),
      camera: this.nameOf(action),
      time: new Clock(this.hass!).time(Date.parse(action.started_at)),
    });
  }

  protected override render() {
    if (!this.hass || !this.config) return nothing;
    return html`<ha-card>
      <div class="head">
        <h2>${this.config.title || this.text("title")}</h2>
        ${this.renderMenu()}
      </div>
      ${this.renderTroubles()} ${this.edges?.length ? this.renderDay() : this.renderEmptyHouse()}
      <div class="unseen" aria-live="polite">${this.said}</div>
      ${this.renderDialogs()}
    </ha-card>`;
  }

  private renderMenu() {
    const button = (text: Text, shape: string, act: () => void) =>
      html`<button class="icon" title=${this.text(text)} aria-label=${this.text(text)} @click=${act}>
        <ha-icon icon=${shape}></ha-icon>
      </button>`;
    const place = this.choice.cameras[0] ?? [...this.places.keys()][0];
    return html`
      ${
        place && this.hass!.user?.is_admin
          ? button("zones", "mdi:vector-square", () => (this.zoning = place))
          : nothing
      }
      ${
        this.edges?.length
          ? button("learn", "mdi:school-outline", () => (this.learning = this.edges?.[0]?.entry_id))
          : nothing
      }
    `;
  }

  private renderEmptyHouse() {
    if (this.error) return nothing;
    return this.edges
      ? this.renderEmpty("mdi:cctv-off", "no_edges")
      : html`<p class="empty quiet">${this.text("loading")}</p>`;
  }

  private renderEmpty(shape: string, text: Text, more: unknown = nothing) {
    return html`<div class="empty quiet">
      <ha-icon icon=${shape}></ha-icon>
      <p>${this.text(text)}</p>
      ${more}
    </div>`;
  }

  private renderTroubles() {
    const away = (this.edges ?? []).filter((edge) => !edge.available);
    return html`<div class="troubles" role="status">
      ${
        this.hass!.connected === false
          ? html`<div class="notice warning">
              <ha-icon icon="mdi:lan-disconnect"></ha-icon><span>${this.text("disconnected")}</span>
            </div>`
          : nothing
      }
      ${away.map(
        (edge) =>
          html`<div class="notice warning">
            <ha-icon icon="mdi:cloud-off-outline"></ha-icon
            ><span>${this.text("offline", { edge: edge.title })}</span>
          </div>`,
      )}
      ${
        this.error
          ? html`<div class="notice error">
              <ha-icon icon="mdi:alert-circle-outline"></ha-icon
              ><span>${this.text("failed", { error: this.error })}</span>
              <button class="chip" @click=${this.retry}>${this.text("again")}</button>
            </div>`
          : nothing
      }
    </div>`;
  }

  private renderDay() {
    if (!this.day) return nothing;
    if (!this.loading || this.timeline.size) this.kept = this.timeline.list();
    const listed = this.kept;
    const { choice, labels, names, places } = this;
    const shown = [...names].filter(([place]) => !choice.cameras.length || choice.cameras.includes(place));
    const lanes = shown.map(([place, name]) => {
      const tally = this.tallies.get(place);
      return { place, name, tally: new Map(labels.flatMap((label) => entryOf(tally, label))) };
    });
    return html`
      <tinyact-day-picker
        .hass=${this.hass}
        .day=${this.day}
        @chosen=${(event: CustomEvent<string>) => this.go(event.detail)}
      ></tinyact-day-picker>
      ${
        places.size
          ? html`<tinyact-filters
              .hass=${this.hass}
              .choice=${choice}
              .cameras=${[...places].map(([place, { state }]) => ({ place, state, name: names.get(place) }))}
              .labels=${labels}
              .tally=${sum(lanes.map((lane) => lane.tally))}
              @chosen=${(event: CustomEvent<Choice>) => this.choose(event.detail)}
            ></tinyact-filters>`
          : nothing
      }
      <tinyact-strip
        .hass=${this.hass}
        .actions=${listed}
        .span=${this.span}
        .horizon=${this.timeline.horizon}
        .lanes=${lanes}
        .choice=${choice}
        @opened=${(event: CustomEvent<Action>) => (this.opened = event.detail)}
        @chosen=${(event: CustomEvent<Choice>) => this.choose(event.detail)}
      ></tinyact-strip>
      <tinyact-list
        .hass=${this.hass}
        .actions=${listed}
        .names=${names}
        aria-busy=${this.loading ? "true" : "false"}
        @chosen=${(event: CustomEvent<Action>) => (this.opened = event.detail)}
        >${this.renderEnd(listed.length)}</tinyact-list
      >
    `;
  }

  private renderEnd(count: number) {
    if (this.loading) return html`<p class="empty quiet">${this.text("loading")}</p>`;
    if (!this.timeline.complete) {
      return html`<p class="empty">
        <button class="action" @click=${() => this.more()}>${this.text("load_more")}</button>
      </p>`;
    }
    if (count || this.error || !this.edges?.some((edge) => edge.available)) return nothing;
    if (!this.places.size) {
      return this.renderEmpty("mdi:cctv-off", this.own ? "cameras_gone" : "no_cameras");
    }
    if (this.choice.cameras.length || this.choice.labels.length) {
      const all = html`<button class="chip" @click=${() => this.choose(EVERYTHING)}>
        ${this.text("show_all")}
      </button>`;
      return this.renderEmpty("mdi:filter-outline", "nothing_filter", all);
    }
    return this.renderEmpty("mdi:motion-sensor-off", this.day === this.today ? "nothing_yet" : "nothing_day");
  }

  private renderDialogs() {
    const { opened } = this;
    return html`
      ${
        opened
          ? html`<tinyact-action-dialog
              .hass=${this.hass}
              .action=${opened}
              .cameraName=${this.nameOf(opened)}
              .edge=${this.edges?.find((edge) => edge.entry_id === opened.entry_id)}
              .earlier=${this.timeline.before(opened)}
              .later=${this.timeline.after(opened)}
              @chosen=${(event: CustomEvent<Action>) => (this.opened = event.detail)}
              @changed=${(event: CustomEvent<Action>) => this.takeAction(event.detail, false)}
              @learn=${() => {
                this.learning = opened.entry_id;
                this.opened = undefined;
              }}
              @closed=${this.close}
            ></tinyact-action-dialog>`
          : nothing
      }
      ${
        this.learning
          ? html`<tinyact-learn-dialog
              .hass=${this.hass}
              .edges=${this.edges}
              .entryId=${this.learning}
              @closed=${() => (this.learning = undefined)}
            ></tinyact-learn-dialog>`
          : nothing
      }
      ${
        this.zoning
          ? html`<tinyact-zones-dialog
              .hass=${this.hass}
              .place=${this.zoning}
              .names=${this.names}
              @closed=${() => (this.zoning = undefined)}
            ></tinyact-zones-dialog>`
          : nothing
      }
    `;
  }

  private readonly close = (): void => {
    const key = this.opened && keyOf(this.opened);
    this.opened = undefined;
    // Where the reader came from, or got to within the dialog.
    if (key) void this.updateComplete.then(() => this.listElement?.reach(key));
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
        height: 100%;
      }
      ha-card {
        position: relative;
        display: flex;
        flex-direction: column;
        height: 100%;
        overflow: hidden;
        container-type: inline-size;
      }
      .head {
        display: flex;
        align-items: center;
        padding: 12px 8px 0 16px;
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: 20px;
        font-weight: 500;
      }
      .troubles {
        display: grid;
        gap: 8px;
        padding: 0 16px;
      }
      .troubles > :first-child {
        margin-top: 8px;
      }
      tinyact-strip {
        margin: 8px 16px;
      }
      tinyact-list {
        flex: 1;
        min-height: 120px;
        max-height: var(--tinyact-list-height, 560px);
      }
      .empty {
        margin: 0;
        padding: 24px 16px;
        text-align: center;
      }
      .empty ha-icon {
        --mdc-icon-size: 40px;
        opacity: 0.5;
      }
      .empty p {
        margin: 8px 0;
      }
    `,
  ];
}

const entryOf = <Value>(map: Map<string, Value> | undefined, key: string): [string, Value][] => {
  const value = map?.get(key);
  return value ? [[key, value]] : [];
};

interface CardWindow extends Window {
  customCards?: Record<string, unknown>[];
}

// A page that stays open over an update is given the new file while it has the old.
if (!customElements.get(TYPE)) {
  customElements.define(TYPE, TimelineCard);
  ((window as CardWindow).customCards ??= []).push({
    type: TYPE,
    name: localize(frontendHass(), "card_name"),
    description: localize(frontendHass(), "card_description"),
    preview: true,
    documentationURL: "https://github.com/tinyact/tinyact/blob/main/docs/card.md",
    getEntitySuggestion: (hass: Hass, entityId: string) => {
      const config = suggestion(hass, entityId);
      return config && { config: { type: `custom:${TYPE}`, ...config } };
    },
  });
}
