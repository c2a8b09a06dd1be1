import { css } from "lit";

/** Buttons, chips and tables of card and dialogs, in the colours of Home Assistant's theme. */
export const controls = css`
  :host {
    --line: var(--divider-color, rgba(127, 127, 127, 0.3));
    --quiet: var(--secondary-text-color);
    --soft: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
    color: var(--primary-text-color);
    font-family: var(--ha-font-family-body, inherit);
    font-size: 14px;
    line-height: 1.4;
  }
  * {
    box-sizing: border-box;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
    border: 0;
    background: none;
    padding: 0;
    text-align: inherit;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  :focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  .icon {
    display: inline-grid;
    place-items: center;
    width: 40px;
    height: 40px;
    border-radius: 50%;
    flex: none;
  }
  .icon:hover:enabled {
    background: var(--soft);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-height: 32px;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 16px;
    white-space: nowrap;
    --mdc-icon-size: 18px;
  }
  .chip:hover:enabled {
    background: var(--soft);
  }
  .chip[aria-pressed="true"] {
    border-color: var(--primary-color);
    background: color-mix(in srgb, var(--primary-color) 18%, transparent);
  }
  .action {
    min-height: 40px;
    padding: 0 16px;
    border-radius: 20px;
    border: 1px solid var(--line);
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    --mdc-icon-size: 20px;
  }
  .action:not(.main):hover:enabled {
    background: var(--soft);
  }
  .action.main {
    border-color: transparent;
    /* The theme's own colour is too pale for white letters of this size. */
    background: color-mix(in srgb, var(--primary-color) 78%, #000);
    color: var(--text-primary-color, #fff);
  }
  .action.main:hover:enabled {
    filter: brightness(1.08);
  }
  input,
  select {
    min-width: 0;
    min-height: 40px;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    font-size: 14px;
    background: var(--card-background-color);
  }
  .quiet {
    color: var(--quiet);
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--soft);
  }
  .notice > span {
    flex: 1 1 180px;
  }
  .notice > .chip {
    padding-block: 4px;
    white-space: normal;
  }
  .notice.error {
    background: color-mix(in srgb, var(--error-color) 14%, transparent);
  }
  .notice.warning {
    background: color-mix(in srgb, var(--warning-color) 16%, transparent);
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** A dialog in the middle of the page; the whole of a phone's. */
export const dialog = css`
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
`;
