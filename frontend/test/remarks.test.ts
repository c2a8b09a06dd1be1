import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hass } from "../src/hass";
import { inWords, why } from "../src/remarks";

const german = {
  locale: { language: "de" },
  localize: (key: string) => (key.endsWith(".sit") ? "Setzt sich" : ""),
  loadBackendTranslation: async (category: string, integration: string) => (key: string, values: object) =>
    key === `component.${integration}.${category}.fit_everything.message` ? JSON.stringify(values) : "",
} as unknown as Hass;

test("a remark is read in the reader's language, and its labels as everywhere else", () => {
  const remark = { code: "hard_to_tell", params: { label: "yoga", other: "sit" } };
  assert.equal(
    inWords(german, remark, "'yoga' can hardly be told from 'sit'."),
    "„yoga“ ist kaum von „Setzt sich“ zu unterscheiden. " +
      "Lehre mehr davon, oder nimm einen Namen für beides.",
  );
});

test("why something did not work is the integration's text, its labels read one by one", async () => {
  const refusal = {
    code: "home_assistant_error",
    message: "It would not.",
    translation_key: "fit_everything",
  };
  const translation_placeholders = { label: "yoga", others: "sit, crawl", count: "2" };
  assert.deepEqual(JSON.parse(await why(german, { ...refusal, translation_placeholders })), {
    label: "yoga",
    others: "Setzt sich, crawl",
    count: "2",
  });
});

test("what has no text is shown as it came; who may not is told so", async () => {
  const refusal = { code: "refused", message: "It would not." };
  assert.equal(await why(german, refusal), refusal.message);
  assert.equal(await why(german, { ...refusal, translation_key: "unheard_of" }), refusal.message);
  assert.match(await why(german, { code: "unauthorized", message: "Unauthorized" }), /darfst du nicht/);
});

test("what a newer or older classifier says is shown as it says it", () => {
  assert.equal(inWords(german, { code: "unheard_of", params: {} }, "As it is."), "As it is.");
  assert.equal(inWords(german, undefined, "As it is."), "As it is.");
});
