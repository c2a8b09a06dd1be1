/** Of which cameras and of which actions people want to see a day; none chosen is all. */

import type { Total } from "./api";

export interface Choice {
  /** Places. */
  cameras: string[];
  labels: string[];
}

export const EVERYTHING: Choice = { cameras: [], labels: [] };

/** Add what is not in the list, take out what is. */
export const toggled = (list: string[], one: string): string[] =>
  list.includes(one) ? list.filter((each) => each !== one) : [...list, one];

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** What was chosen in this browser the last time, of a card that `name` tells from others. */
export const recall = (name: string): Choice => {
  try {
    const found = JSON.parse(localStorage.getItem(name) ?? "") as Partial<Choice>;
    if (isTexts(found.cameras) && isTexts(found.labels)) return found as Choice;
  } catch {
    // Nothing, or not ours, or the browser keeps nothing.
  }
  return EVERYTHING;
};

export const remember = (name: string, choice: Choice): void => {
  try {
    if (choice.cameras.length || choice.labels.length) localStorage.setItem(name, JSON.stringify(choice));
    else localStorage.removeItem(name);
  } catch {
    // Then it holds until the page is left.
  }
};

/** How often what was seen, and for how many seconds, in front of one camera. */
export type Tally = Map<string, Pick<Total, "count" | "seconds">>;

/** Add up the tallies of several cameras. */
export const sum = (tallies: Tally[]): Tally => {
  const all: Tally = new Map();
  for (const [label, { count, seconds }] of tallies.flatMap((tally) => [...tally])) {
    const before = all.get(label) ?? { count: 0, seconds: 0 };
    all.set(label, { count: before.count + count, seconds: before.seconds + seconds });
  }
  return all;
};
