/** How labels look and read. */

import type { Hass } from "./hass";

/** What the head says of a window in which nothing is done; nothing for people to choose. */
const NOTHING = new Set(["none", "unknown"]);

const LOOKS: Record<string, { icon: string; color: string }> = {
  fall: { icon: "mdi:seat-flat", color: "red" },
  fight: { icon: "mdi:karate", color: "deep-orange" },
  jump: { icon: "mdi:human-handsup", color: "purple" },
  run: { icon: "mdi:run-fast", color: "amber" },
  sit: { icon: "mdi:seat", color: "blue" },
  stand: { icon: "mdi:human", color: "teal" },
  walk: { icon: "mdi:walk", color: "green" },
};
/** Those that the model comes with. */
export const LABELS = Object.keys(LOOKS);

/** For what was taught. */
const COLORS = ["pink", "indigo", "cyan", "brown", "lime", "deep-purple"] as const;

export const icon = (label: string): string => LOOKS[label]?.icon ?? "mdi:motion-sensor";

/** A colour of Home Assistant's theme. */
export const color = (label: string): string => {
  const sum = [...label].reduce((total, character) => total + character.codePointAt(0)!, 0);
  return `var(--${LOOKS[label]?.color ?? COLORS[sum % COLORS.length]}-color)`;
};

/** As history and logbook have it; what was taught is called what people called it. */
export const reading = (hass: Hass, label: string): string =>
  hass.localize(`component.tinyact.entity.sensor.action.state.${label}`) || label;

export const choosable = (labels: string[]): string[] => labels.filter((label) => !NOTHING.has(label));
