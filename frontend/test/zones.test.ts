import assert from "node:assert/strict";
import { test } from "node:test";
import type { Zone } from "../src/api";
import { between, fitted, frameOf, isLargeEnough, moved, rectangle, resized } from "../src/zones";

const bed = rectangle([0.1, 0.2, 0.5, 0.6]);
const triangle: Zone = [
  [0.2, 0.2],
  [0.6, 0.4],
  [0.2, 0.6],
];

test("a zone moves as far as the picture goes, and keeps its size", () => {
  assert.deepEqual(moved(bed, 0.2, -0.1), rectangle([0.3, 0.1, 0.7, 0.5]));
  assert.deepEqual(moved(bed, 5, -5), rectangle([0.6, 0, 1, 0.4]));
});

test("each corner takes its two edges along, and never past the others", () => {
  assert.deepEqual(resized(bed, 0.1, 0.1), rectangle([0.1, 0.2, 0.6, 0.7]));
  assert.deepEqual(resized(bed, 0.1, 0.1, false, false), rectangle([0.2, 0.3, 0.5, 0.6]));
  assert.deepEqual(resized(bed, -1, -1), rectangle([0.1, 0.2, 0.12, 0.22]));
  assert.deepEqual(resized(bed, 1, 1, false, true), rectangle([0.48, 0.2, 0.5, 1]));
});

test("a polygon keeps its shape", () => {
  assert.deepEqual(fitted(triangle, [0, 0, 1, 1]), [
    [0, 0],
    [1, 0.5],
    [0, 1],
  ]);
  assert.deepEqual(frameOf(moved(triangle, 1, 0)), [0.6, 0.2, 1, 0.6]);
});

test("what is drawn begins at either corner and ends at the picture's edge", () => {
  assert.deepEqual(between([0.5, 0.6], [0.1, 1.7]), [0.1, 0.6, 0.5, 1]);
  assert.equal(isLargeEnough(between([0.5, 0.5], [0.51, 0.9])), false);
});
