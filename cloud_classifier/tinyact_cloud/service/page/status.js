"use strict";

// The token stays in this tab: closed, the browser has forgotten it.
const KEY = "tinyact-token";
const form = document.getElementById("ask");
const field = document.getElementById("token");
const shown = document.getElementById("shown");
const forget = document.getElementById("forget");
const message = document.getElementById("message");

// All that the service says is text, never markup.
function element(name, content = "", className = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (Array.isArray(content)) made.append(...content);
  else made.textContent = content;
  return made;
}

function drawing(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function percent(share) {
  return share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`;
}

function change(...shares) {
  return shares.map((share) => percent(share).replace(" %", "")).join(" → ");
}

function time(text) {
  const made = element("time", new Date(text).toLocaleString());
  made.dateTime = text;
  return made;
}

function say(text, wrong = false) {
  message.textContent = text;
  message.className = wrong ? "wrong" : "";
}

async function get(path, token) {
  const response = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  const answer = await response.json();
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.detail), { status: response.status });
}

function table(heads, rows) {
  const cell = (name, value, index) => element(name, String(value), index ? "number" : "");
  const head = element("tr", heads.map((text, index) => cell("th", text, index)));
  for (const th of head.children) th.scope = "col";
  const body = rows.map((row) => {
    const made = element("tr", row.map((value, index) => cell(index ? "td" : "th", value, index)));
    made.firstChild.scope = "row";
    return made;
  });
  return element("table", [element("thead", [head]), element("tbody", body)]);
}

function model(answer) {
  const facts = {
    Name: `${answer.name} ${answer.version}`,
    Head: answer.head_version ? `${answer.head}, version ${answer.head_version}` : `${answer.head}, the model's own`,
    Labels: answer.labels.join(", "),
    Encoder: answer.encoder.slice(0, 12),
  };
  return Object.entries(facts).flatMap(([name, value]) => [element("dt", name), element("dd", value)]);
}

function examples(status) {
  const rows = status.examples.map((label) => [label.label, label.was, label.was_not]);
  const total = rows.reduce((sum, row) => sum + row[1] + row[2], 0);
  const line = element("p", `Site ${status.site}: ${total} ${total === 1 ? "example" : "examples"}.`);
  return rows.length ? [line, table(["Label", "It was", "It was not"], rows)] : [line];
}

// A line a label, from the recall before to the recall after.
function plot(labels) {
  const row = 26, left = 110, right = 318, top = 22;
  const x = (share) => left + share * (right - left);
  const height = top + labels.length * row + 8;
  const made = drawing("svg", { viewBox: `0 0 340 ${height}`, role: "img" });
  const said = (share) => (share === null ? "nothing" : percent(share));
  const words = labels.map((label) => `${label.label} ${said(label.recall_before)} before, ${said(label.recall_after)} after`);
  made.append(drawing("title", {}, `Found per label: ${words.join("; ")}`));
  for (const share of [0, 0.5, 1]) {
    made.append(drawing("line", { class: "axis", x1: x(share), x2: x(share), y1: top, y2: height - 8 }));
    made.append(drawing("text", { class: "scale", x: x(share), y: 14, "text-anchor": "middle" }, percent(share)));
  }
  labels.forEach((label, index) => {
    const y = top + (index + 0.5) * row;
    const { recall_before: before, recall_after: after } = label;
    const name = label.label.length > 15 ? `${label.label.slice(0, 14)}…` : label.label;
    made.append(drawing("text", { x: 0, y: y + 4 }, name));
    const kind = before !== null && after !== null && after < before ? "after down" : "after";
    if (before !== null && after !== null) {
      made.append(drawing("line", { class: kind, x1: x(before), x2: x(after), y1: y, y2: y, "stroke-width": 2 }));
    }
    if (before === null && after === null) {
      made.append(drawing("text", { class: "scale", x: left + 8, y: y + 4 }, "not measured"));
    }
    if (before !== null) made.append(drawing("rect", { class: "before", x: x(before) - 7, y: y - 7, width: 14, height: 14 }));
    if (after !== null) made.append(drawing("circle", { class: kind, cx: x(after), cy: y, r: 5 }));
  });
  return made;
}

function details(labels) {
  const rows = labels.map((label) => [
    label.label,
    label.examples,
    change(label.recall_before, label.recall_after),
    change(label.precision_before, label.precision_after),
  ]);
  const heads = ["Label", "Taught", "Found, %", "Right, %"];
  return element("details", [element("summary", "The numbers"), table(heads, rows)]);
}

const STATES = { queued: "waits", running: "runs", done: "done", failed: "failed" };

function fit(job) {
  const version = job.version ? `, version ${job.version}` : "";
  const title = element("h3", [time(job.created_at), ` – ${STATES[job.state]}${version}`]);
  const parts = [title];
  if (job.error) parts.push(element("p", job.error, "wrong"));
  if (job.report) {
    parts.push(element("p", `Share of each label that is found: □ before, ● after. ${job.report.kind}, ${job.report.seconds.toFixed(1)} s.`));
    parts.push(plot(job.report.report), details(job.report.report));
    const worse = Object.keys(job.report.worse);
    if (worse.length) parts.push(element("p", `Worse than before: ${worse.join(", ")}.`, "wrong"));
    parts.push(...job.report.warnings.map((text) => element("p", text)));
  }
  return element("article", parts);
}

async function show(token) {
  say("Asking…");
  try {
    document.getElementById("model").replaceChildren(...model(await get("v1/model", token)));
    const status = await get("v1/status", token).catch((error) => {
      if (error.status === 403) return null;  // such a token may see the model
      throw error;
    });
    const fits = status?.fits.map(fit) ?? [];
    const none = (text) => [element("p", text)];
    const hidden = none("This token may classify only. One made with --scope teach shows this.");
    document.getElementById("examples").replaceChildren(...(status ? examples(status) : hidden));
    document.getElementById("fits").replaceChildren(
      ...(fits.length ? fits : none(status ? "Nothing was taught yet." : "Not shown for this token.")),
    );
    sessionStorage.setItem(KEY, token);
    form.hidden = true;
    shown.hidden = forget.hidden = false;
    say(`As of ${new Date().toLocaleTimeString()}.`);
  } catch (error) {
    // What programs are told of a wrong token is no help to who typed one.
    const unknown = error.status === 401 && "The classifier does not know this token.";
    leave(unknown || (error.status ? error.message : "The service does not answer."), true);
  }
}

function leave(text, wrong = false) {
  sessionStorage.removeItem(KEY);
  form.hidden = false;
  shown.hidden = forget.hidden = true;
  field.value = "";
  say(text, wrong);
  field.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(field.value.trim());
});
forget.addEventListener("click", () => leave("Forgotten."));

const kept = sessionStorage.getItem(KEY);
if (kept) show(kept);
