/** What can be set of the card: in its editor, or in YAML. */

import type { Hass } from "./hass";
import { LABELS, reading } from "./labels";
import { localize, type Text } from "./localize";

export interface CardConfig {
  type: string;
  title?: string;
  /** Device ids; all cameras where there are none. */
  cameras?: string[];
  labels?: string[];
}

/** Throws what the editor shows. */
export const check = (config: CardConfig): void => {
  for (const key of ["cameras", "labels"] as const) {
    const value: unknown = config[key];
    if (value !== undefined && !(Array.isArray(value) && value.every((each) => typeof each === "string"))) {
      throw new Error(`${key} must be a list of texts`);
    }
  }
};

/** The editor asks for its form without `hass`. */
export const frontendHass = () => (document.querySelector("home-assistant") as { hass?: Hass } | null)?.hass;

export const form = () => {
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
};

/** Offer the card for what belongs to a camera of ours. */
export const suggestion = (hass: Hass, entityId: string) => {
  const entity = hass.entities[entityId];
  return entity?.platform === "tinyact" && entity.device_id ? { cameras: [entity.device_id] } : null;
};
