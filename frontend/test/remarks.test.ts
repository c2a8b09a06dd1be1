import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hass } from "../src/hass";
import { inWords } from "../src/remarks";

const german = {
  locale: { language: "de" },
  localize: (key: string) => (key.endsWith(".sit") ? "Setzt sich" : ""),
} as unknown as Hass;

test("a remark is read in the reader's language, and its labels as everywhere else", () => {
  const remark = { code: "hard_to_tell", params: { label: "yoga", other: "sit" } };
  assert.equal(
    inWords(german, remark, "'yoga' can hardly be told from 'sit'."),
    "„yoga“ ist kaum von „Setzt sich“ zu unterscheiden. " +
      "Lehre mehr davon, oder nimm einen Namen für beides.",
  );
});

test("labels in a list are read one by one", () => {
  const remark = { code: "everything", params: { label: "yoga", others: ["sit", "crawl"] } };
  assert.match(inWords(german, remark, ""), /Setzt sich, crawl/);
});

test("what a newer or older classifier says is shown as it says it", () => {
  assert.equal(inWords(german, { code: "unheard_of", params: {} }, "As it is."), "As it is.");
  assert.equal(inWords(german, undefined, "As it is."), "As it is.");
});
