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
