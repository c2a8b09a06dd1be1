import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../src/api";
import { Timeline } from "../src/timeline";

const action = (entry_id: string, id: number, minute: number, label = "walk"): Action => ({
  entry_id,
  id,
  camera: "kitchen",
  label,
  confidence: 0.9,
  started_at: new Date(Date.UTC(2026, 10, 29, 12, minute)).toISOString(),
  ended_at: null,
  end_reason: null,
  correction: null,
  snapshot: null,
  clip: null,
});
const ids = (timeline: Timeline) => timeline.list().map(({ entry_id, id }) => `${entry_id}${id}`);

test("edges are merged by time, as far as each of them is known", () => {
  const timeline = new Timeline();
  timeline.add("a", { actions: [action("a", 3, 50), action("a", 2, 40)], next: "2" });
  timeline.add("b", { actions: [action("b", 9, 45), action("b", 8, 10)], next: "8" });
  assert.deepEqual(ids(timeline), ["a3", "b9", "a2"]);
  assert.equal(timeline.complete, false);

  timeline.add("a", { actions: [action("a", 1, 5)], next: null });
  assert.deepEqual(ids(timeline), ["a3", "b9", "a2", "b8"]);
  timeline.add("b", { actions: [], next: null });
  assert.deepEqual(ids(timeline), ["a3", "b9", "a2", "b8", "a1"]);
  assert.equal(timeline.complete, true);
});

test("a page does not undo what was told while it was on its way", () => {
  const timeline = new Timeline();
  timeline.put(action("a", 1, 5, "fall"));
  timeline.add("a", { actions: [action("a", 1, 5, "walk")], next: null });
  assert.equal(timeline.list()[0]?.label, "fall");
});

test("neighbours are found for an action that is not listed itself", () => {
  const timeline = new Timeline();
  timeline.add("a", { actions: [action("a", 3, 30), action("a", 1, 10)], next: null });
  const open = action("a", 2, 20);
  assert.equal(timeline.before(open)?.id, 1);
  assert.equal(timeline.after(open)?.id, 3);
  assert.equal(timeline.before(action("a", 1, 10)), undefined);
});

test("a picture keeps its address for as long as there is one", () => {
  const timeline = new Timeline();
  const shown = (snapshot: string | null) => {
    timeline.put({ ...action("a", 1, 5), snapshot });
    return timeline.list()[0]?.snapshot;
  };
  assert.deepEqual([null, "/one", "/two", null].map(shown), [null, "/one", "/one", null]);
});
