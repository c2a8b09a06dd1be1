import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, dayOf, shift, startOfDay, startOfHour } from "../src/days";
import type { Hass } from "../src/hass";

const HOUR = 3_600_000;
// Ahead, behind, by quarters of an hour; Beirut and Santiago skip midnight when summer time begins.
const ZONES = [
  "UTC",
  "Asia/Bangkok",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "America/Los_Angeles",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Europe/Berlin",
  "Pacific/Kiritimati",
];

for (const zone of ZONES) {
  test(`each day of ${zone} begins where the one before ends`, () => {
    for (let day = "2026-01-01"; day < "2027-01-01"; day = shift(day, 1)) {
      const start = startOfDay(day, zone);
      assert.equal(dayOf(start, zone), day);
      assert.equal(dayOf(start - 1, zone), shift(day, -1));
      assert.equal(startOfHour(start, zone), start);
    }
  });
}

test("days have 23 or 25 hours where clocks change", () => {
  const hours = (day: string) =>
    (startOfDay(shift(day, 1), "Europe/Berlin") - startOfDay(day, "Europe/Berlin")) / HOUR;
  assert.deepEqual(["2026-03-29", "2026-06-01", "2026-10-25"].map(hours), [23, 24, 25]);
});

test("hours begin by the clocks of the zone", () => {
  const at = Date.parse("2026-11-29T12:20:00Z"); // 18:05 in Kathmandu
  assert.equal(startOfHour(at, "Asia/Kathmandu"), Date.parse("2026-11-29T12:15:00Z"));
});

test("a duration is told in its two largest units, a sum without its seconds", () => {
  const english = {
    locale: { language: "en", time_zone: "server", time_format: "24" },
    config: { time_zone: "UTC" },
  } as unknown as Hass;
  const clock = new Clock(english);
  const seconds = [0, 42, 60, 95, 3600, 3725, 90_000];
  assert.deepEqual(
    seconds.map((each) => clock.duration(1000 * each)),
    ["0 sec", "42 sec", "1 min", "1 min 35 sec", "1 hr", "1 hr 2 min", "25 hr"],
  );
  assert.deepEqual(
    [42, 95, 3725].map((each) => clock.total(1000 * each)),
    ["42 sec", "2 min", "1 hr 2 min"],
  );
});
