import type { Hass } from "./hass";
import de from "./translations/de.json";
import en from "./translations/en.json";
import es from "./translations/es.json";
import fr from "./translations/fr.json";
import th from "./translations/th.json";

export type Text = keyof typeof en;

export const isText = (name: string): name is Text => name in en;

const LANGUAGES: Record<string, Record<Text, string>> = { de, en, es, fr, th };

/** A text in the user's language, English where the card does not know it. */
export const localize = (
  hass: Hass | undefined,
  text: Text,
  values: Record<string, string | number> = {},
): string => {
  const language = hass?.locale.language.split("-")[0] ?? "en";
  return (LANGUAGES[language] ?? en)[text].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
};
