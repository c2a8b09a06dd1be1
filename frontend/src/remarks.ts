/** What the classifier remarks on a fit, docs/classifier-api.md, and why something did not work, in the reader's language. */

import type { Refusal, Remark } from "./api";
import type { Hass } from "./hass";
import { reading } from "./labels";
import { isText, localize } from "./localize";

const LABELS = new Set(["label", "other", "others"]);

/** A remark in words; `english` is what the classifier itself says, for what this card does not know. */
export const inWords = (hass: Hass, remark: Remark | null | undefined, english: string): string => {
  const text = `remark_${remark?.code}`;
  if (!remark || !isText(text)) return english;
  const values = Object.entries(remark.params).map(([name, value]) => [
    name,
    LABELS.has(name) ? reading(hass, String(value)) : value,
  ]);
  return localize(hass, text, Object.fromEntries(values));
};

/** Why something did not work: the texts are the integration's, whose services say the same. */
export const why = async (hass: Hass, refusal: Refusal): Promise<string> => {
  if (refusal.code === "unauthorized") return localize(hass, "not_allowed");
  if (!refusal.translation_key) return refusal.message;
  const values = Object.entries(refusal.translation_placeholders ?? {}).map(([name, value]) => [
    name,
    LABELS.has(name)
      ? value
          .split(", ")
          .map((label) => reading(hass, label))
          .join(", ")
      : value,
  ]);
  const says = await hass.loadBackendTranslation("exceptions", "tinyact");
  const key = `component.tinyact.exceptions.${refusal.translation_key}.message`;
  return says(key, Object.fromEntries(values)) || refusal.message;
};
