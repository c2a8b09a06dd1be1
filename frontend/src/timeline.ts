/** The actions of one day, from all edges, page by page. */

import type { Action, Page } from "./api";

export const keyOf = (action: { entry_id: string; id: number }) => `${action.entry_id}/${action.id}`;

/** A camera's id is unique to its edge alone. */
export const placeOf = (entryId: string, cameraId: string) => `${entryId}/${cameraId}`;

/** The edge and the camera of a place. */
export const partsOf = (place: string): [string, string] => {
  const [entryId = "", ...rest] = place.split("/");
  return [entryId, rest.join("/")];
};

const startOf = (action: Action) => Date.parse(action.started_at);

const newestFirst = (one: Action, other: Action) => startOf(other) - startOf(one) || other.id - one.id;

export class Timeline {
  private actions = new Map<string, Action>();
  /** The next page's token by edge; null where there is no further page. */
  readonly next = new Map<string, string | null>();
  private reach = new Map<string, number>();

  add(entryId: string, page: Page): void {
    for (const action of page.actions) {
      // What was told meanwhile is newer than the page.
      if (!this.actions.has(keyOf(action))) this.put(action);
    }
    this.next.set(entryId, page.next);
    const oldest = page.actions.at(-1);
    if (oldest) this.reach.set(entryId, startOf(oldest));
  }

  /** Take in what is newest of an action. */
  put(action: Action): void {
    const before = this.actions.get(keyOf(action));
    // Pictures do not change, though each time they have another signature.
    const snapshot = action.snapshot && (before?.snapshot ?? action.snapshot);
    this.actions.set(keyOf(action), { ...action, snapshot });
  }

  remove(key: string): void {
    this.actions.delete(key);
  }

  get size(): number {
    return this.actions.size;
  }

  get complete(): boolean {
    return [...this.next.values()].every((token) => token === null);
  }

  /**
   * Before this nothing is shown yet, in ms since 1970; undefined when all is loaded.
   * One edge's page reaches back further than another's: what lies beyond the nearer
   * one's would have holes.
   */
  get horizon(): number | undefined {
    const ends = [...this.next].flatMap(([entryId, token]) =>
      token === null ? [] : [this.reach.get(entryId) ?? Infinity],
    );
    return ends.length ? Math.max(...ends) : undefined;
  }

  /** The newest first. */
  list(): Action[] {
    const horizon = this.horizon ?? -Infinity;
    return [...this.actions.values()].filter((action) => startOf(action) >= horizon).sort(newestFirst);
  }

  /** The action next in time, which need not be listed itself. */
  before(action: Action): Action | undefined {
    return this.list().find((other) => newestFirst(action, other) < 0);
  }

  after(action: Action): Action | undefined {
    return this.list().findLast((other) => newestFirst(action, other) > 0);
  }
}
