import assert from "node:assert/strict";
import { test } from "node:test";
import type { Camera, Edge } from "../src/api";
import { namesOf, placesOf, within } from "../src/cameras";
import type { Hass } from "../src/hass";

const camera = (id: string, device_id: string): Camera => ({
  id,
  name: id,
  state: "online",
  reason: null,
  device_id,
});
const edge = (entry_id: string, cameras: Camera[]): Edge => ({
  entry_id,
  title: `Edge ${entry_id}`,
  available: true,
  labels: [],
  teachable: true,
  cameras,
});
const edges = [edge("a", [camera("hall", "1"), camera("attic", "2")]), edge("b", [camera("hall", "3")])];

test("a card is for all cameras, or for those that it names and that are there", () => {
  assert.deepEqual([...placesOf(edges, []).keys()], ["a/hall", "a/attic", "b/hall"]);
  assert.deepEqual([...placesOf(edges, ["3", "gone"]).keys()], ["b/hall"]);
  assert.deepEqual([...placesOf(edges, ["gone"]).keys()], []);
});

test("of an edge all cameras are asked for, or some, or none", () => {
  assert.equal(within("a", undefined), undefined);
  assert.deepEqual(within("a", ["a/hall", "b/hall", "a/x/y"]), ["hall", "x/y"]);
  assert.deepEqual(within("a", ["b/hall"]), []);
});

test("cameras are called as people call them, with their edge where it takes that", () => {
  const hass = { devices: { "2": { id: "2", name: "attic", name_by_user: "Roof" } } } as unknown as Hass;
  assert.deepEqual(
    [...namesOf(hass, edges, placesOf(edges, [])).values()],
    ["hall (Edge a)", "Roof", "hall (Edge b)"],
  );
});
