/** Zones of a picture: each moves and grows as its frame does, whatever its shape. */

import type { Zone } from "./api";

/** Left, top, right and bottom, as shares of the picture. */
export type Frame = [number, number, number, number];

/** What the integration takes. */
export const MOST_ZONES = 8;
/** Narrower is a slip of the hand. */
export const LEAST = 0.02;

/** As exact as a picture can be pointed at. */
const rounded = (share: number): number => Math.round(share * 1000) / 1000;

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

export const rectangle = ([left, top, right, bottom]: Frame): Zone => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

export const frameOf = (zone: Zone): Frame => {
  const xs = zone.map(([x]) => x);
  const ys = zone.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
};

/** The frame between two points, within the picture. */
export const between = ([x, y]: [number, number], [u, v]: [number, number]): Frame =>
  [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)].map((share) =>
    rounded(clamp(share, 0, 1)),
  ) as Frame;

export const isLargeEnough = ([left, top, right, bottom]: Frame): boolean =>
  right - left >= LEAST && bottom - top >= LEAST;

/** Stretch a zone into a frame. */
export const fitted = (zone: Zone, [left, top, right, bottom]: Frame): Zone => {
  const [l, t, r, b] = frameOf(zone);
  return zone.map(([x, y]) => [
    rounded(left + ((x - l) / (r - l || 1)) * (right - left)),
    rounded(top + ((y - t) / (b - t || 1)) * (bottom - top)),
  ]);
};

/** Move a zone, as far as the picture goes. */
export const moved = (zone: Zone, dx: number, dy: number): Zone => {
  const [left, top, right, bottom] = frameOf(zone);
  const x = clamp(dx, -left, 1 - right);
  const y = clamp(dy, -top, 1 - bottom);
  return fitted(zone, [left + x, top + y, right + x, bottom + y]);
};

/** Let the edges of a zone that a corner joins go along with it; `right` and `below` say which corner. */
export const resized = (zone: Zone, dx: number, dy: number, right = true, below = true): Zone => {
  const frame = frameOf(zone);
  if (right) frame[2] = clamp(frame[2] + dx, frame[0] + LEAST, 1);
  else frame[0] = clamp(frame[0] + dx, 0, frame[2] - LEAST);
  if (below) frame[3] = clamp(frame[3] + dy, frame[1] + LEAST, 1);
  else frame[1] = clamp(frame[1] + dy, 0, frame[3] - LEAST);
  return fitted(zone, frame);
};
