/** What the integration's WebSocket commands say: custom_components/tinyact/websocket_api.py. */

import type { Hass } from "./hass";

export interface Camera {
  id: string;
  name: string;
  state: "connecting" | "online" | "unavailable" | "paused";
  reason: string | null;
  device_id: string | null;
}

export interface Edge {
  entry_id: string;
  title: string;
  available: boolean;
  labels: string[];
  /** Whether a classifier service is there to learn. */
  teachable: boolean;
  cameras: Camera[];
}

export interface Correction {
  kind: "label" | "not" | "never_here";
  recognized: string;
  state: "pending" | "taught" | "refused" | "kept";
  detail: string | null;
  code?: string | null;
}

export interface Action {
  entry_id: string;
  id: number;
  camera: string;
  label: string;
  confidence: number;
  started_at: string;
  ended_at: string | null;
  end_reason: "ended" | "interrupted" | null;
  correction: Correction | null;
  /** Signed paths, null where nothing is kept. */
  snapshot: string | null;
  clip: string | null;
}

export type Update =
  | { type: "edges"; edges: Edge[] }
  | { type: "action"; event: "confirmed" | "ended" | "corrected" | "media"; replay: boolean; action: Action }
  | { type: "action_removed"; entry_id: string; id: number };

export interface Page {
  actions: Action[];
  next: string | null;
}

export type Verdict = { label: string } | { not: true } | { never_here: true };

export interface Lesson {
  id: string;
  camera: string;
  label: string;
  windows: number;
}

export interface LabelReport {
  label: string;
  examples: number;
  recall_before: number | null;
  recall_after: number | null;
  precision_before: number | null;
  precision_after: number | null;
}

/** What the classifier has to say, by a code; an older one does not have any. */
export interface Remark {
  code: string;
  params: Record<string, string | number | string[]>;
}

export interface Job {
  id: string;
  state: "queued" | "running" | "done";
  version: number | null;
  report: {
    report: LabelReport[];
    worse: Record<string, number>;
    warnings: string[];
    /** One for each of the warnings. */
    doubts?: Remark[];
  } | null;
}

export interface Head {
  version: number;
  created_at: string | null;
  taught: string[];
  accuracy: number | null;
  usable: boolean;
  active: boolean;
}

/** What callWS and subscribeMessage reject with. */
export interface Refusal {
  code: string;
  message: string;
  /** One of the integration's exceptions. */
  translation_key?: string | null;
  translation_placeholders?: Record<string, string> | null;
}

interface Span {
  /** All where there is none. */
  camera: string[];
  after: string;
  before: string;
}

export interface Query extends Span {
  label: string[];
  page?: string;
}

/** How often an action was seen in front of a camera, and for how long in all. */
export interface Total {
  camera: string;
  label: string;
  count: number;
  seconds: number;
}

/** Corners as shares of the picture's width and height. */
export type Zone = [number, number][];

/** For as long as the connection holds: after that, subscribe anew. */
export const subscribe = (hass: Hass, callback: (update: Update) => void) =>
  hass.connection.subscribeMessage<Update>(callback, { type: "tinyact/subscribe" }, { resubscribe: false });

export const actions = (hass: Hass, entry_id: string, query: Query) =>
  hass.callWS<Page>({ type: "tinyact/actions", entry_id, ...query });

export const totals = async (hass: Hass, entry_id: string, span: Span) =>
  (await hass.callWS<{ totals: Total[] }>({ type: "tinyact/totals", entry_id, ...span })).totals;

/** Where a camera's picture is not watched, and what it sees now. */
export const zones = (hass: Hass, entry_id: string, camera: string) =>
  hass.callWS<{ zones: Zone[]; picture: string | null }>({ type: "tinyact/zones", entry_id, camera });

export const setZones = (hass: Hass, entry_id: string, camera: string, zones: Zone[]) =>
  hass.callWS<void>({ type: "tinyact/set_zones", entry_id, camera, zones });

const on = (action: Action) => ({ entry_id: action.entry_id, action_id: action.id });

export const correct = (hass: Hass, which: Action, correction: Verdict) =>
  hass.callWS<Action>({ type: "tinyact/correct", ...on(which), correction });

export const uncorrect = (hass: Hass, which: Action) =>
  hass.callWS<Action>({ type: "tinyact/uncorrect", ...on(which) });

export const erase = (hass: Hass, which: Action) =>
  hass.callWS<void>({ type: "tinyact/delete_action", ...on(which) });

export const teach = (hass: Hass, entry_id: string, camera: string, label: string, seconds: number) =>
  hass.callWS<Lesson>({ type: "tinyact/teach", entry_id, camera, label, seconds });

export const unteach = (hass: Hass, entry_id: string, lesson: Lesson) =>
  hass.callWS<void>({ type: "tinyact/unteach", entry_id, camera: lesson.camera, lesson_id: lesson.id });

export const fit = (hass: Hass, entry_id: string) => hass.callWS<Job>({ type: "tinyact/fit", entry_id });

export const job = (hass: Hass, entry_id: string, job_id: Job["id"]) =>
  hass.callWS<Job>({ type: "tinyact/job", entry_id, job_id });

export const heads = async (hass: Hass, entry_id: string) =>
  (await hass.callWS<{ heads: Head[] }>({ type: "tinyact/heads", entry_id })).heads;

export const activate = (hass: Hass, entry_id: string, version: number) =>
  hass.callWS<void>({ type: "tinyact/activate", entry_id, version });
