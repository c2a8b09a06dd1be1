import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf, shift, startOfDay, startOfHour } from "../src/days";

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
