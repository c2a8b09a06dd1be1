/** The card `custom:tinyact-timeline-card`: a day in front of the cameras. */

import { LitElement, css, html, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type Action, type Camera, type Edge, type Refusal, type Update, actions, subscribe } from "./api";
import { Clock, dayOf, shift, startOfDay, startOfHour, zoneOf } from "./days";
import type { Hass } from "./hass";
import { LABELS, choosable, color, icon, reading } from "./labels";
import { localize, type Text } from "./localize";
import { why } from "./remarks";
import { controls } from "./styles";
import { Timeline, keyOf, placeOf } from "./timeline";
import "./action-dialog";
import "./learn-dialog";
import "./strip";

const TYPE = "tinyact-timeline-card";
/** Between two questions to a Home Assistant that starts, in ms. */
const STARTS = 2000;
/** Actions in a list. */
const MOST = 2000;

export interface CardConfig {
  type: string;
  title?: string;
  /** Device ids; all cameras where there are none. */
  cameras?: string[];
  labels?: string[];
}

class TimelineCard extends LitElement {
  @property({ attribute: false }) hass?: Hass;
  @state() private config?: CardConfig;
  @state() private edges?: Edge[];
  @state() private error?: string;
  @state() private loading = false;
  @state() private day = "";
  @state() private camera?: string;
  @state() private label?: string;
  @state() private opened?: Action;
  @state() private learning?: string;
  @state() private said = "";
  @query(".list") private listElement?: HTMLElement;

  private timeline = new Timeline();
  /** Whether the day shown is today, and is to stay so past midnight. */
  private following = true;
  private unsubscribe?: Promise<(() => Promise<void>) | undefined>;
  /** The load whose answers still count. */
  private current = 0;
  /** Whether things may have happened that nobody told. */
  private missed = true;

  static getStubConfig(): Omit<CardConfig, "type"> {
    return {};
  }

  static getConfigForm() {
    const hass = frontendHass();
    const names: Record<string, Text> = { title: "form_title", cameras: "cameras", labels: "actions" };
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        {
          name: "cameras",
          selector: { device: { multiple: true, entity: { integration: "tinyact", domain: "event" } } },
        },
        {
          name: "labels",
          selector: {
            select: {
              multiple: true,
              custom_value: true,
              options: LABELS.map((value) => ({ value, label: hass ? reading(hass, value) : value })),
            },
          },
        },
      ],
      computeLabel: ({ name }: { name: string }) => localize(hass, names[name] ?? "title"),
      computeHelper: ({ name }: { name: string }) =>
        name === "title" ? undefined : localize(hass, "form_all"),
    };
  }

  setConfig(config: CardConfig): void {
    for (const key of ["cameras", "labels"] as const) {
      const value: unknown = config[key];
      if (value !== undefined && !(Array.isArray(value) && value.every((each) => typeof each === "string"))) {
        throw new Error(`${key} must be a list of texts`);
      }
    }
    this.config = config;
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
    const chosen = this.config?.cameras;
    const all = (this.edges ?? []).flatMap((edge) =>
      edge.cameras
        .filter((camera) => !chosen?.length || chosen.includes(camera.device_id ?? ""))
        .map((camera): [string, Camera] => [placeOf(edge.entry_id, camera.id), camera]),
    );
    return new Map(all);
  }

  private get labels(): string[] {
    const known = choosable([...new Set((this.edges ?? []).flatMap((edge) => edge.labels))]);
    const chosen = this.config?.labels;
    return chosen?.length ? chosen : known;
  }

  private wanted(action: Action): boolean {
    const place = placeOf(action.entry_id, action.camera);
    if (this.camera ? place !== this.camera : this.config?.cameras?.length && !this.places.has(place)) {
      return false;
    }
    const labels = this.label ? [this.label] : this.config?.labels;
    return !labels?.length || labels.includes(action.label);
  }

  /** Show a day from its newest action on. */
  private go(day: string, following = day === this.today): void {
    this.day = day;
    this.following = following;
    void this.load();
  }

  private choose(camera: string | undefined, label: string | undefined): void {
    this.camera = camera;
    this.label = label;
    void this.load();
  }

  private async load(): Promise<void> {
    if (!this.hass) return;
    this.day ||= this.today;
    this.timeline = new Timeline();
    await this.fetch((this.edges ?? []).filter((edge) => edge.available).map((edge) => edge.entry_id));
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
    const [start, end] = this.span;
    this.loading = true;
    this.error = undefined;
    const places = this.camera
      ? [this.camera]
      : this.config?.cameras?.length
        ? [...this.places.keys()]
        : undefined;
    const ask = async (entryId: string): Promise<void> => {
      const prefix = placeOf(entryId, "");
      const camera = places
        ?.filter((place) => place.startsWith(prefix))
        .map((place) => place.slice(prefix.length));
      if (camera?.length === 0) return;
      const page = await actions(this.hass!, entryId, {
        camera: camera ?? [],
        label: this.label ? [this.label] : (this.config?.labels ?? []),
        after: new Date(start).toISOString(),
        before: new Date(end).toISOString(),
        page: timeline.next.get(entryId) ?? undefined,
      });
      timeline.add(entryId, page);
    };
    const answers = await Promise.allSettled(entryIds.map(ask));
    if (mine !== this.current) return;
    this.loading = false;
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed) this.error = await why(this.hass!, failed.reason as Refusal);
  }

  private nameOf(action: Action): string {
    return this.names.get(placeOf(action.entry_id, action.camera)) ?? action.camera;
  }

  /** What the cameras are called, and of which edge where two are called the same. */
  private get names(): Map<string, string> {
    const names = [...this.places].map(([place, camera]) => ({ place, name: this.cameraName(camera) }));
    return new Map(
      names.map(({ place, name }) => {
        const twice = names.filter((other) => other.name === name).length > 1;
        const edge = this.edges?.find((each) => place.startsWith(placeOf(each.entry_id, "")));
        return [place, twice && edge ? `${name} (${edge.title})` : name];
      }),
    );
  }

  private cameraName(camera: Camera): string {
    const device = camera.device_id ? this.hass?.devices[camera.device_id] : undefined;
    return device?.name_by_user ?? device?.name ?? camera.name;
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
        ${
          this.edges?.length
            ? html`<button
                class="icon"
                title=${this.text("learn")}
                aria-label=${this.text("learn")}
                @click=${() => (this.learning = this.edges?.[0]?.entry_id)}
              >
                <ha-icon icon="mdi:school-outline"></ha-icon>
              </button>`
            : nothing
        }
      </div>
      ${this.renderTroubles()} ${this.edges?.length ? this.renderDay() : this.renderEmptyHouse()}
      <div class="unseen" aria-live="polite">${this.said}</div>
      ${this.renderDialogs()}
    </ha-card>`;
  }

  private renderEmptyHouse() {
    if (this.error) return nothing;
    return html`<p class="empty quiet">${this.text(this.edges ? "no_edges" : "loading")}</p>`;
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
    const listed = this.timeline.list();
    const [start, end] = this.span;
    const places = this.places;
    return html`
      ${this.renderDays()} ${places.size ? this.renderFilters() : nothing}
      <tinyact-strip
        .hass=${this.hass}
        .actions=${listed}
        .span=${[start, end]}
        .horizon=${this.timeline.horizon}
        .lanes=${[...this.names]
          .filter(([place]) => !this.camera || place === this.camera)
          .map(([place, name]) => ({ place, name }))}
        @chosen=${(event: CustomEvent<Action>) => (this.opened = event.detail)}
      ></tinyact-strip>
      <div class="list" @keydown=${this.walk} aria-busy=${this.loading ? "true" : "false"}>
        ${this.renderHours(listed)} ${this.renderEnd(listed.length)}
      </div>
    `;
  }

  private renderDays() {
    const { today, day } = this;
    const names: Record<string, Text> = { [today]: "today", [shift(today, -1)]: "yesterday" };
    const date = new Clock(this.hass!).date((this.span[0] + this.span[1]) / 2);
    const named = names[day];
    return html`<div class="days">
      <button class="icon" aria-label=${this.text("previous_day")} @click=${() => this.go(shift(day, -1))}>
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
            if (value) this.go(value > today ? today : value);
          }}
        />
      </label>
      <button
        class="icon"
        aria-label=${this.text("next_day")}
        ?disabled=${day >= today}
        @click=${() => this.go(shift(day, 1))}
      >
        <ha-icon icon="mdi:chevron-right"></ha-icon>
      </button>
    </div>`;
  }

  private renderFilters() {
    const { places, labels, names } = this;
    const chip = (pressed: boolean, act: () => void, content: unknown) =>
      html`<button class="chip" aria-pressed=${pressed ? "true" : "false"} @click=${act}>${content}</button>`;
    return html`
      ${
        places.size > 1
          ? html`<div class="chips" role="group" aria-label=${this.text("cameras")}>
              ${chip(!this.camera, () => this.choose(undefined, this.label), this.text("all"))}
              ${[...places].map(([place, camera]) =>
                chip(
                  this.camera === place,
                  () => this.choose(this.camera === place ? undefined : place, this.label),
                  html`${names.get(place)}${
                    camera.state === "online"
                      ? nothing
                      : html`<span class="quiet"
                          >${this.text(camera.state === "paused" ? "camera_paused" : "camera_unavailable")}</span
                        >`
                  }`,
                ),
              )}
            </div>`
          : nothing
      }
      ${
        labels.length > 1
          ? html`<div class="chips" role="group" aria-label=${this.text("actions")}>
              ${chip(!this.label, () => this.choose(this.camera, undefined), this.text("all"))}
              ${labels.map((label) =>
                chip(
                  this.label === label,
                  () => this.choose(this.camera, this.label === label ? undefined : label),
                  html`<ha-icon icon=${icon(label)} style="color:${color(label)}"></ha-icon>${reading(
                      this.hass!,
                      label,
                    )}`,
                ),
              )}
            </div>`
          : nothing
      }
    `;
  }

  private renderHours(listed: Action[]) {
    const clock = new Clock(this.hass!);
    const hours = new Map<number, Action[]>();
    for (const action of listed) {
      const hour = startOfHour(Date.parse(action.started_at), clock.zone);
      const within = hours.get(hour);
      if (within) within.push(action);
      else hours.set(hour, [action]);
    }
    return [...hours].map(
      ([hour, within]) => html`
        <h3 aria-label="${clock.hour(hour)}, ${this.text("hour_count", { count: within.length })}">
          ${clock.hour(hour)} <span class="quiet">${within.length}</span>
        </h3>
        <ul>
          ${repeat(within, keyOf, (action) => this.renderAction(action, clock))}
        </ul>
      `,
    );
  }

  private renderAction(action: Action, clock: Clock) {
    const began = Date.parse(action.started_at);
    const lasted = action.ended_at && clock.duration(Date.parse(action.ended_at) - began);
    return html`<li>
      <button class="row" data-key=${keyOf(action)} @click=${() => (this.opened = action)}>
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
          <b>${reading(this.hass!, action.label)}</b>
          <span class="quiet">${this.nameOf(action)}</span>
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

  private renderEnd(count: number) {
    if (this.loading) return html`<p class="empty quiet">${this.text("loading")}</p>`;
    if (!this.timeline.complete) {
      return html`<p class="empty">
        <button class="action" @click=${() => this.more()}>${this.text("load_more")}</button>
      </p>`;
    }
    if (count || this.error || !this.edges?.some((edge) => edge.available)) return nothing;
    if (!this.places.size) return html`<p class="empty quiet">${this.text("no_cameras")}</p>`;
    if (this.camera || this.label) {
      return html`<p class="empty quiet">
        ${this.text("nothing_filter")}<br /><button
          class="chip"
          @click=${() => this.choose(undefined, undefined)}
        >
          ${this.text("show_all")}
        </button>
      </p>`;
    }
    return html`<p class="empty quiet">
      ${this.text(this.day === this.today ? "nothing_yet" : "nothing_day")}
    </p>`;
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
    `;
  }

  private readonly close = (): void => {
    const key = this.opened && keyOf(this.opened);
    this.opened = undefined;
    // Where the reader came from, or got to within the dialog.
    void this.updateComplete.then(() => this.row(key)?.focus());
  };

  private row(key: string | undefined): HTMLElement | undefined {
    return [...(this.listElement?.querySelectorAll<HTMLElement>(".row") ?? [])].find(
      (row) => row.dataset.key === key,
    );
  }

  /** Arrows, Home and End walk through the list. */
  private readonly walk = (event: KeyboardEvent): void => {
    const rows = [...(this.listElement?.querySelectorAll<HTMLElement>(".row") ?? [])];
    const at = rows.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    rows[goal]?.focus();
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
      .days {
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
      .chips {
        display: flex;
        gap: 8px;
        padding: 4px 16px;
        overflow-x: auto;
        scrollbar-width: none;
      }
      tinyact-strip {
        margin: 8px 16px;
      }
      .list {
        flex: 1;
        min-height: 120px;
        max-height: var(--tinyact-list-height, 560px);
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
      .empty {
        margin: 0;
        padding: 24px 16px;
        text-align: center;
      }
      .empty .chip {
        margin-top: 8px;
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

/** The form of the editor is asked for without `hass`. */
const frontendHass = () => (document.querySelector("home-assistant") as { hass?: Hass } | null)?.hass;

/** Offer the card for what belongs to a camera of ours. */
const getEntitySuggestion = (hass: Hass, entityId: string) => {
  const entity = hass.entities[entityId];
  if (entity?.platform !== "tinyact" || !entity.device_id) return null;
  return { config: { type: `custom:${TYPE}`, cameras: [entity.device_id] } };
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
    getEntitySuggestion,
  });
}
