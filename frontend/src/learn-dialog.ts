/** Learning: let the classifier learn from what was corrected, see what that changed, go back. */

import { css, html, nothing } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { property, state } from "lit/decorators.js";
import {
  type Edge,
  type Head,
  type Job,
  type LabelReport,
  type Refusal,
  activate,
  fit,
  heads,
  job,
} from "./api";
import { Clock } from "./days";
import { Dialog } from "./dialog";
import { reading } from "./labels";
import { define } from "./part";
import { inWords, why } from "./remarks";
import "./teach";

/** A fit takes seconds: ms between two looks at it. */
const LOOK_AGAIN = 1000;

class LearnDialog extends Dialog {
  @property({ attribute: false }) edges?: Edge[];
  @property({ attribute: false }) entryId = "";
  @state() private versions?: Head[];
  @state() private job?: Job;
  /** What was in use before the fit. */
  @state() private previous?: number;
  @state() private busy = false;
  @state() private error?: string;
  @state() private said?: string;

  protected override firstUpdated(): void {
    super.firstUpdated();
    void this.attempt(() => this.look());
  }

  private get edge(): Edge | undefined {
    return this.edges?.find((edge) => edge.entry_id === this.entryId);
  }

  /** Whether learning is this user's business; the household may teach. */
  private get allowed(): boolean {
    return Boolean(this.hass.user?.is_admin && this.edge?.teachable);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    if (!this.allowed) return;
    this.busy = true;
    this.error = undefined;
    try {
      await work();
    } catch (refusal) {
      if (this.job?.state !== "done") this.job = undefined;
      this.error = await why(this.hass, refusal as Refusal);
    } finally {
      this.busy = false;
    }
  }

  private async look(): Promise<void> {
    this.versions = await heads(this.hass, this.entryId);
  }

  private readonly learn = (): void => {
    void this.attempt(async () => {
      this.said = undefined;
      this.job = undefined;
      this.previous = this.versions?.find((head) => head.active)?.version;
      this.job = await fit(this.hass, this.entryId);
      while (this.isConnected && (this.job.state === "queued" || this.job.state === "running")) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
        this.job = await job(this.hass, this.entryId, this.job.id);
      }
      await this.look();
    });
  };

  private use(version: number): void {
    void this.attempt(async () => {
      await activate(this.hass, this.entryId, version);
      this.job = undefined;
      this.said = this.text("went_back", { version: this.nameOf(version) });
      await this.look();
    });
  }

  private another(entryId: string): void {
    this.entryId = entryId;
    this.versions = undefined;
    this.job = undefined;
    this.said = undefined;
    void this.attempt(() => this.look());
  }

  protected override render() {
    return this.renderDialog(
      html`<ha-icon icon="mdi:school-outline"></ha-icon>`,
      this.text("learn"),
      html`
        ${
          (this.edges?.length ?? 0) > 1
            ? html`<div class="buttons" role="group">
                ${this.edges!.map(
                  (edge) =>
                    html`<button
                      class="chip"
                      aria-pressed=${edge.entry_id === this.entryId ? "true" : "false"}
                      ?disabled=${this.busy}
                      @click=${() => this.another(edge.entry_id)}
                    >
                      ${edge.title}
                    </button>`,
                )}
              </div>`
            : nothing
        }
        ${this.renderLearn()} ${this.renderError(this.error)}
        ${this.said ? html`<div class="notice" role="status"><span>${this.said}</span></div>` : nothing}
        ${this.renderReport()}
        ${
          this.edge?.teachable && this.edge.cameras.length
            ? html`<tinyact-teach .hass=${this.hass} .edge=${this.edge}></tinyact-teach>`
            : nothing
        }
        ${this.renderVersions()}
      `,
    );
  }

  private renderLearn() {
    if (!this.edge?.teachable)
      return html`<div class="notice"><span>${this.text("learn_nowhere")}</span></div>`;
    if (!this.allowed) return nothing;
    const state = this.job?.state;
    const waits = state === "queued" ? "learn_waiting" : state === "running" ? "learn_running" : undefined;
    return html`<p class="quiet">${this.text("learn_help")}</p>
      <div class="buttons">
        <button class="action main" ?disabled=${this.busy} @click=${this.learn}>
          <ha-icon icon="mdi:school-outline"></ha-icon>${this.text("learn_now")}
        </button>
        <span role="status">${waits ? html`<i class="spin"></i>${this.text(waits)}` : nothing}</span>
      </div>`;
  }

  private renderReport() {
    const report = this.job?.state === "done" ? this.job.report : null;
    if (!report) return nothing;
    const worse = Object.entries(report.worse).map(
      ([label, share]) => `${reading(this.hass, label)} (−${this.percent(share)})`,
    );
    return html`<div class="notice" role="status">
        <span>${this.text("learn_done")}</span>
        ${
          this.previous === undefined
            ? nothing
            : html`<button class="chip" ?disabled=${this.busy} @click=${() => this.use(this.previous!)}>
                <ha-icon icon="mdi:undo"></ha-icon
                >${this.text("go_back", { version: this.nameOf(this.previous) })}
              </button>`
        }
      </div>
      ${
        worse.length
          ? html`<div class="notice warning">
              <ha-icon icon="mdi:trending-down"></ha-icon
              ><span>${this.text("got_worse", { labels: worse.join(", ") })}</span>
            </div>`
          : nothing
      }
      ${report.warnings.map(
        (warning, number) =>
          html`<div class="notice">
            <span>${inWords(this.hass, report.doubts?.[number], warning)}</span>
          </div>`,
      )}
      <table>
        <caption>
          ${this.text("learn_table")}
        </caption>
        <thead>
          <tr>
            <th></th>
            <th scope="col">${this.text("examples")}</th>
            <th scope="col">${this.text("before")}</th>
            <th scope="col">${this.text("after")}</th>
          </tr>
        </thead>
        <tbody>
          ${report.report.map((row) => this.renderRow(row, row.label in report.worse))}
        </tbody>
      </table>`;
  }

  private renderRow(row: LabelReport, worse: boolean) {
    return html`<tr class=${classMap({ worse, taught: row.examples > 0 })}>
      <th scope="row">${reading(this.hass, row.label)}</th>
      <td>${row.examples || ""}</td>
      <td>${this.percent(row.recall_before)}</td>
      <td>${this.percent(row.recall_after)}</td>
    </tr>`;
  }

  private percent(share: number | null): string {
    return share === null ? this.text("unknown") : new Clock(this.hass).percent(share);
  }

  private nameOf(version: number): string {
    return version ? this.text("version", { version }) : this.text("version_own");
  }

  private renderVersions() {
    if (!this.versions?.length) return nothing;
    const clock = new Clock(this.hass);
    return html`<section aria-labelledby="versions">
      <h3 id="versions">${this.text("versions")}</h3>
      <ul>
        ${this.versions.map((head) => {
          const facts = [
            head.version && head.created_at ? clock.moment(Date.parse(head.created_at)) : undefined,
            head.accuracy === null
              ? undefined
              : this.text("version_accuracy", { accuracy: clock.percent(head.accuracy) }),
            head.taught.length
              ? this.text("version_taught", {
                  labels: head.taught.map((label) => reading(this.hass, label)).join(", "),
                })
              : undefined,
          ].filter(Boolean);
          return html`<li>
            <span class="fact">
              ${this.nameOf(head.version)}
              <span class="quiet">${facts.join(" · ")}</span>
            </span>
            ${
              head.active
                ? html`<span class="tag">${this.text("version_active")}</span>`
                : html`<button
                    class="chip"
                    ?disabled=${this.busy || !head.usable}
                    @click=${() => this.use(head.version)}
                  >
                    ${this.text("version_use")}
                  </button>`
            }
          </li>`;
        })}
      </ul>
    </section>`;
  }

  static override styles = [
    ...Dialog.styles,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 12px;
      }
      p {
        margin: 0;
      }
      .spin {
        display: inline-block;
        width: 14px;
        height: 14px;
        margin-right: 8px;
        vertical-align: -2px;
        border: 2px solid var(--primary-color);
        border-right-color: transparent;
        border-radius: 50%;
        animation: spin 1s linear infinite;
      }
      @keyframes spin {
        to {
          rotate: 1turn;
        }
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      caption {
        text-align: left;
        padding-bottom: 6px;
        color: var(--quiet);
      }
      th {
        font-weight: 500;
        text-align: left;
      }
      td,
      th {
        padding: 6px 4px;
        border-bottom: 1px solid var(--line);
      }
      td,
      thead th {
        text-align: right;
      }
      .worse td:last-child {
        color: var(--error-color);
        font-weight: 500;
      }
      .taught {
        background: color-mix(in srgb, var(--primary-color) 10%, transparent);
      }
      h3 {
        margin: 0 0 4px;
        font-size: 16px;
        font-weight: 500;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 48px;
        padding-block: 6px;
        border-bottom: 1px solid var(--line);
      }
      .fact {
        flex: 1;
        display: flex;
        flex-direction: column;
      }
      .tag {
        padding: 2px 10px;
        border-radius: 10px;
        background: color-mix(in srgb, var(--primary-color) 18%, transparent);
      }
    `,
  ];
}

define("tinyact-learn-dialog", LearnDialog);
