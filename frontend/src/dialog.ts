/** A dialog in the middle of the page; the whole of a phone's. */

import { css, html, nothing } from "lit";
import { query } from "lit/decorators.js";
import { Part } from "./part";
import { controls } from "./styles";

/** Tells `closed`. */
export class Dialog extends Part {
  @query("dialog") protected dialogElement!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialogElement.showModal();
  }

  /** Called when people want to close it. */
  protected leave(): void {
    this.dialogElement.close();
  }

  protected renderDialog(icon: unknown, title: string, body: unknown, buttons: unknown = nothing) {
    return html`<dialog
      aria-labelledby="title"
      @close=${() => this.tell("closed")}
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.leave();
      }}
      @click=${(event: MouseEvent) => {
        // Beside it: what is in it covers it.
        if (event.target === this.dialogElement) this.leave();
      }}
    >
      <header>
        ${icon}
        <h2 id="title">${title}</h2>
        ${buttons}
        <button
          class="icon"
          aria-label=${this.text("close")}
          title=${this.text("close")}
          @click=${() => this.leave()}
        >
          <ha-icon icon="mdi:close"></ha-icon>
        </button>
      </header>
      <div class="body">${body}</div>
    </dialog>`;
  }

  static override styles = [
    controls,
    css`
      dialog {
        width: min(600px, 100vw - 32px);
        max-width: none;
        max-height: min(900px, 100dvh - 32px);
        padding: 0;
        border: 0;
        border-radius: var(--ha-dialog-border-radius, 24px);
        background: var(--ha-dialog-surface-background, var(--card-background-color));
        color: var(--primary-text-color);
        box-shadow: 0 8px 32px rgba(0, 0, 0, 0.4);
        overflow: auto;
      }
      dialog::backdrop {
        background: rgba(0, 0, 0, 0.5);
      }
      @media (max-width: 599px) {
        dialog {
          width: 100vw;
          height: 100dvh;
          max-height: none;
          margin: 0;
          border-radius: 0;
        }
      }
      header {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 8px 8px 8px 20px;
        background: inherit;
      }
      header h2 {
        flex: 1;
        margin: 0 0 0 8px;
        font-size: 20px;
        font-weight: 500;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .body {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
        padding: 4px 20px 20px;
      }
    `,
  ];
}
