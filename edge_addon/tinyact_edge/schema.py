"""The tables of the journal's database: each format is the one before it and a step more."""

_JOURNAL = """
CREATE TABLE edge (instance TEXT NOT NULL);
CREATE TABLE tokens (hash TEXT PRIMARY KEY, created_at REAL NOT NULL);
CREATE TABLE cameras (id TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL);
CREATE TABLE actions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  camera TEXT NOT NULL,
  person INTEGER NOT NULL,
  label TEXT NOT NULL,
  confidence REAL NOT NULL,
  started_at REAL NOT NULL,
  confirmed_at REAL NOT NULL,
  ended_at REAL,
  end_reason TEXT
);
CREATE INDEX open_actions ON actions (id) WHERE ended_at IS NULL;
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL,
  action TEXT NOT NULL,
  at REAL NOT NULL
);
"""
# What lessons.py and head.py keep. A window without an action is an ordinary one of its camera; an
# example has its latent as long as it is needed here.
_TEACHING = """
CREATE TABLE windows (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  action INTEGER,
  camera TEXT NOT NULL,
  person INTEGER NOT NULL,
  at REAL NOT NULL,
  encoder TEXT NOT NULL,
  codes BLOB NOT NULL,
  scale REAL NOT NULL
);
CREATE INDEX windows_of_action ON windows (action);
CREATE INDEX ordinary_windows ON windows (camera, number) WHERE action IS NULL;
CREATE TABLE lessons (
  id TEXT PRIMARY KEY,
  action INTEGER UNIQUE,
  camera TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  recognized TEXT,
  state TEXT NOT NULL,
  detail TEXT,
  at REAL NOT NULL
);
CREATE TABLE examples (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  lesson TEXT,
  state TEXT NOT NULL,
  camera TEXT NOT NULL,
  person INTEGER NOT NULL,
  at REAL NOT NULL,
  label TEXT NOT NULL,
  wrong INTEGER NOT NULL,
  ordinary INTEGER NOT NULL,
  encoder TEXT NOT NULL,
  codes BLOB,
  scale REAL NOT NULL
);
CREATE INDEX examples_of_lesson ON examples (lesson);
CREATE INDEX examples_by_state ON examples (state, number);
CREATE TABLE head (
  encoder TEXT NOT NULL,
  model TEXT NOT NULL,
  content BLOB NOT NULL
);
"""
_RECEIVERS = """
CREATE TABLE receivers (name TEXT PRIMARY KEY, last_message INTEGER NOT NULL);
"""
_SETTINGS = """
CREATE TABLE camera_settings (camera TEXT PRIMARY KEY, settings TEXT NOT NULL);
"""
_NAMES_OF_TOKENS = """
ALTER TABLE tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
"""
_CODES_OF_REFUSALS = """
ALTER TABLE lessons ADD COLUMN code TEXT;
"""
# What a window's variants are drawn from.
_JOINTS = """
ALTER TABLE windows ADD COLUMN joints BLOB NOT NULL DEFAULT x'';
ALTER TABLE examples ADD COLUMN joints BLOB NOT NULL DEFAULT x'';
"""

STEPS = (_JOURNAL, _TEACHING, _RECEIVERS, _SETTINGS, _NAMES_OF_TOKENS, _CODES_OF_REFUSALS, _JOINTS)
