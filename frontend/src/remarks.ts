/** What the classifier remarks on a fit, docs/classifier-api.md, in the reader's language. */

import type { Remark } from "./api";
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
    LABELS.has(name)
      ? [value]
          .flat()
          .map((label) => reading(hass, String(label)))
          .join(", ")
      : value,
  ]);
  return localize(hass, text, Object.fromEntries(values));
};
