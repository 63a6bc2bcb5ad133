/** Each entry takes the database from the version of its index to the next. Entries are never changed once released. */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- People. Times are milliseconds since the epoch, unless a column says seconds.
CREATE TABLE users (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, display TEXT NOT NULL, role TEXT NOT NULL,
  password TEXT, disabled INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
) STRICT;
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), csrf TEXT NOT NULL,
  created INTEGER NOT NULL, seen INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, user INTEGER NOT NULL REFERENCES users(id),
  role TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER
) STRICT;
CREATE TABLE failures (name TEXT PRIMARY KEY COLLATE NOCASE, count INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE TABLE unmasked (
  user INTEGER NOT NULL REFERENCES users(id), line INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (user, line)
) STRICT;

-- Verdicts as they were imported, the newest of each line. What only one page needs stands apart, so that lines stay narrow.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, from_s REAL NOT NULL, until_s REAL NOT NULL, imported INTEGER,
  model TEXT, lines INTEGER NOT NULL DEFAULT 0, suspect INTEGER NOT NULL DEFAULT 0, strong INTEGER NOT NULL DEFAULT 0
) STRICT;
-- The one that covers the latest time.
CREATE VIEW newest_run AS SELECT * FROM runs WHERE imported IS NOT NULL ORDER BY until_s DESC, id DESC LIMIT 1;
CREATE TABLE agents (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE lines (
  id INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE, msisdn TEXT, imsi TEXT, run INTEGER REFERENCES runs(id),
  score REAL NOT NULL, probability REAL NOT NULL, tier TEXT NOT NULL, gateway INTEGER, calls INTEGER NOT NULL,
  first_s REAL NOT NULL, last_s REAL NOT NULL, interfaces TEXT NOT NULL,
  cell TEXT, agent INTEGER REFERENCES agents(id), dealer TEXT, product TEXT, alarms INTEGER NOT NULL DEFAULT 0,
  case_id INTEGER, case_state TEXT, assignee INTEGER, reviewed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX lines_score ON lines (score DESC);
CREATE INDEX lines_last ON lines (last_s DESC);
CREATE INDEX lines_calls ON lines (calls DESC);
CREATE INDEX lines_tier ON lines (tier, score DESC);
CREATE INDEX lines_run ON lines (run, tier);
CREATE INDEX lines_gateway ON lines (run, gateway, score DESC) WHERE gateway IS NOT NULL;
CREATE INDEX lines_cell ON lines (cell, score DESC) WHERE cell IS NOT NULL;
CREATE INDEX lines_agent ON lines (agent, score DESC) WHERE agent IS NOT NULL;
CREATE INDEX lines_dealer ON lines (dealer, score DESC) WHERE dealer IS NOT NULL;
CREATE INDEX lines_reviewed ON lines (score DESC) WHERE reviewed = 1;
CREATE INDEX lines_state ON lines (case_state, score DESC) WHERE case_state IS NOT NULL;
CREATE INDEX lines_msisdn ON lines (msisdn) WHERE msisdn IS NOT NULL;
CREATE INDEX lines_imsi ON lines (imsi) WHERE imsi IS NOT NULL;
CREATE TABLE verdicts (
  line INTEGER PRIMARY KEY REFERENCES lines(id), reasons TEXT NOT NULL, exposure TEXT NOT NULL
) STRICT;
CREATE TABLE past (
  line INTEGER NOT NULL REFERENCES lines(id), run INTEGER NOT NULL REFERENCES runs(id), score REAL NOT NULL,
  tier TEXT NOT NULL, PRIMARY KEY (line, run)
) STRICT, WITHOUT ROWID;
-- What several lines may share: 'imei:DIGITS', 'endpoint:ADDRESS'.
CREATE TABLE marks (
  value TEXT NOT NULL, line INTEGER NOT NULL REFERENCES lines(id), PRIMARY KEY (value, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_line ON marks (line);
-- What only the operator knows of a line, by MSISDN or IMSI.
CREATE TABLE subscribers (
  number TEXT PRIMARY KEY, dealer TEXT, product TEXT, brand TEXT, activated TEXT, id_hash TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX subscribers_id ON subscribers (id_hash) WHERE id_hash IS NOT NULL;
CREATE TABLE victims (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, warned INTEGER, person TEXT, note TEXT NOT NULL DEFAULT ''
) STRICT;

-- The workflow.
CREATE TABLE cases (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL, measure TEXT NOT NULL,
  level TEXT, version INTEGER NOT NULL, opened INTEGER NOT NULL, opened_by TEXT NOT NULL, updated INTEGER NOT NULL,
  assignee INTEGER REFERENCES users(id), run INTEGER REFERENCES runs(id), score REAL NOT NULL, tier TEXT NOT NULL,
  merged_into INTEGER REFERENCES cases(id), clock TEXT, due INTEGER, measure_by TEXT
) STRICT;
CREATE INDEX cases_state ON cases (state, id);
CREATE INDEX cases_updated ON cases (updated DESC, id DESC);
CREATE INDEX cases_score ON cases (score DESC, id DESC);
CREATE INDEX cases_assignee ON cases (assignee, id) WHERE assignee IS NOT NULL;
CREATE INDEX cases_subject ON cases (subject);
CREATE INDEX cases_due ON cases (due, id) WHERE due IS NOT NULL;
CREATE TABLE case_lines (
  case_id INTEGER NOT NULL REFERENCES cases(id), line INTEGER NOT NULL REFERENCES lines(id),
  open INTEGER NOT NULL, PRIMARY KEY (case_id, line)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_open_case ON case_lines (line) WHERE open = 1;
CREATE INDEX case_lines_line ON case_lines (line);
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases(id), action TEXT NOT NULL, state TEXT NOT NULL,
  proposer TEXT NOT NULL, reason TEXT NOT NULL, comment TEXT NOT NULL, level TEXT, needed INTEGER NOT NULL,
  created INTEGER NOT NULL, decided INTEGER, held_clock TEXT, held_due INTEGER
) STRICT;
CREATE INDEX decisions_case ON decisions (case_id);
CREATE UNIQUE INDEX one_pending_decision ON decisions (case_id) WHERE state = 'proposed';
CREATE TABLE approvals (
  decision INTEGER NOT NULL REFERENCES decisions(id), person TEXT NOT NULL, answer TEXT NOT NULL, comment TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (decision, person)
) STRICT;
CREATE TABLE notes (
  id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases(id), author TEXT NOT NULL, text TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_case ON notes (case_id);
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases(id), name TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_case ON attachments (case_id);
CREATE TABLE orders (
  id TEXT PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases(id), decision INTEGER NOT NULL REFERENCES decisions(id),
  line TEXT NOT NULL, imsi TEXT, action TEXT NOT NULL, reason TEXT NOT NULL, approvals TEXT NOT NULL, state TEXT NOT NULL,
  message TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, updated INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_state ON orders (state, created, id);
CREATE INDEX orders_case ON orders (case_id);
CREATE TABLE labels (
  id INTEGER PRIMARY KEY, line TEXT NOT NULL, from_s REAL, until_s REAL, label TEXT NOT NULL, gateway TEXT NOT NULL,
  case_id INTEGER REFERENCES cases(id), person TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX labels_line ON labels (line, id);
CREATE TABLE allowed (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL, until INTEGER NOT NULL,
  person TEXT NOT NULL, created INTEGER NOT NULL, ended INTEGER
) STRICT;
CREATE INDEX allowed_number ON allowed (number);
CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL, version INTEGER NOT NULL) STRICT;
CREATE TABLE views (
  id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), name TEXT NOT NULL, query TEXT NOT NULL,
  UNIQUE (user, name)
) STRICT;

-- Lists that travel between desks.
CREATE TABLE signers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, key TEXT NOT NULL, added INTEGER NOT NULL, person TEXT NOT NULL
) STRICT;
CREATE TABLE received (
  id INTEGER PRIMARY KEY, signer TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  action TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, case_id INTEGER REFERENCES cases(id),
  result TEXT NOT NULL, UNIQUE (signer, item)
) STRICT;
CREATE INDEX received_subject ON received (subject, kind);

CREATE TABLE models (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, added INTEGER NOT NULL, person TEXT NOT NULL
) STRICT;
-- Which model was current from when on; the newest is.
CREATE TABLE model_switches (
  id INTEGER PRIMARY KEY, model TEXT NOT NULL REFERENCES models(id), at INTEGER NOT NULL, person TEXT NOT NULL
) STRICT;

-- What was done, in order; rows are never changed. Each hash covers the one before.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
  detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- REPLACE would take a row away without asking the trigger of DELETE.
CREATE TRIGGER audit_at_end BEFORE INSERT ON audit WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
`,
  `
CREATE INDEX lines_assignee ON lines (assignee, score DESC) WHERE assignee IS NOT NULL;
CREATE INDEX audit_at ON audit (at);
`,
  `
-- How many lines the file of a run has; \`lines\`: those that are in.
ALTER TABLE runs ADD COLUMN expected INTEGER NOT NULL DEFAULT 0;
-- Of a million lines few are marked, and an index of all of them is written for each that comes anew.
DROP INDEX lines_tier;
CREATE INDEX lines_tier ON lines (tier, score DESC) WHERE tier <> 'none';
DROP INDEX lines_run;
CREATE INDEX lines_run ON lines (run, tier) WHERE tier <> 'none';
`,
  `
-- Whether receivers of alerts were told of the lines that it is the first to mark.
ALTER TABLE runs ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
`,
  `
-- Which run is the newest goes by the clock: see NEWEST_RUN.
DROP VIEW newest_run;
`,
];

/**
 * The run that covers the latest time, of those that end by when packets are believed: a capture whose clock is wrong hides none. Where
 * all end later, the clock of this machine is wrong. Made for each connection, since SQLite lets no other view ask for the clock.
 */
export const NEWEST_RUN = `
CREATE TEMP VIEW newest_run AS SELECT * FROM runs WHERE imported IS NOT NULL
  ORDER BY until_s <= (SELECT believed_until()) DESC, until_s DESC, id DESC LIMIT 1;
`;
