import assert from "node:assert/strict";
import { test } from "node:test";
import { EVERYTHING, recall, remember, sum, toggled } from "../src/chosen";

const kept = new Map<string, string>();
globalThis.localStorage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
} as unknown as Storage;

test("several are chosen one by one, and left again", () => {
  const both = toggled(toggled([], "fall"), "sit");
  assert.deepEqual(both, ["fall", "sit"]);
  assert.deepEqual(toggled(both, "fall"), ["sit"]);
});

test("a card remembers its own choice, and nothing of a choice of everything", () => {
  const choice = { cameras: ["edge/hall"], labels: ["fall", "sit"] };
  remember("one", choice);
  assert.deepEqual(recall("one"), choice);
  assert.deepEqual(recall("other"), EVERYTHING);
  remember("one", EVERYTHING);
  assert.equal(kept.size, 0);
});

test("what somebody else kept there is no choice", () => {
  for (const text of [
    "",
    "null",
    "[]",
    '{"cameras": "hall", "labels": []}',
    '{"cameras": [1], "labels": []}',
  ]) {
    kept.set("one", text);
    assert.deepEqual(recall("one"), EVERYTHING);
  }
});

test("tallies of cameras add up", () => {
  const hall = new Map([["fall", { count: 1, seconds: 5 }]]);
  const kitchen = new Map([
    ["fall", { count: 2, seconds: 7.5 }],
    ["sit", { count: 1, seconds: 60 }],
  ]);
  assert.deepEqual(Object.fromEntries(sum([hall, kitchen])), {
    fall: { count: 3, seconds: 12.5 },
    sit: { count: 1, seconds: 60 },
  });
});
