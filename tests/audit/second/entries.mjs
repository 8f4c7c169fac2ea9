// Mutants by their entries: the body, streams, kinds, days, documents, and what entries say of seals.
// Part of the second verifier's test, which was written from docs/ledger-format.md by somebody who had not seen the program; not for users.

import { base, K, K3, LAST, N, W, at, ent } from "./bundle.mjs";

const last = (f) => ({ edit: (L) => f(L[N - 1], L) }),
  E = (n, f) => ({ edit: (L) => f(L[n - 1], L) });
const one = { entries: [N] };

/** Calls `mutant(verdict, deed, how to build it, what else to write down)` for each. */
export function entries(mutant) {
  mutant("sound", "rich ledger", {});
  mutant("sound", "rich ledger, witness brought along", {}, { key: [K.line, W.line] });
  mutant("sound", "only a witness key brought along", {}, { key: [W.line] });
  mutant("defects", "another log key brought along", {}, { key: [K3.line] });
  // the body
  for (const [d, o, w = "defects", named = w === "defects" ? one : {}] of [
    ["unpaired surrogate", { payload: { due: "2027-02-01", reason: "\ud800", stage: "s" } }, "defects"],
    ["text of 500 astral characters", { payload: { due: "2027-02-01", reason: "\u{1f600}".repeat(500), stage: "s" } }, "sound"],
    ["text of 501 characters", { payload: { due: "2027-02-01", reason: "x".repeat(501), stage: "s" } }],
    ["text empty", { payload: { due: "2027-02-01", reason: "", stage: "s" } }],
    ["29 February 2027", { payload: { due: "2027-02-29", reason: "x", stage: "s" } }],
    ["29 February 2028", { payload: { due: "2028-02-29", reason: "x", stage: "s" } }, "sound"],
    ["year 0000", { payload: { due: "0000-02-01", reason: "x", stage: "s" } }],
    ["year 0001", { payload: { due: "0001-01-01", reason: "x", stage: "s" } }, "sound"],
    ["a day with a newline", { payload: { due: "2027-02-01\n", reason: "x", stage: "s" } }],
    ["control and DEL in a text", { payload: { due: "2027-02-01", reason: '\u0001\u007f\u2028"\\\b', stage: "s" } }, "sound"],
    ["six zero decimals", { recorded_at: "2027-01-20T08:00:08.000000Z", happened_at: "2027-01-20T08:00:08.000000Z" }],
    ["three decimals", { recorded_at: "2027-01-20T08:00:08.001Z", happened_at: "2027-01-20T08:00:08.001Z" }],
    ["six decimals", { recorded_at: "2027-01-20T08:00:08.001000Z", happened_at: "2027-01-20T08:00:08.001000Z" }, "sound"],
    ["second 60", { recorded_at: "2027-01-20T08:00:60Z", happened_at: "2027-01-20T08:00:60Z" }],
    ["hour 24", { recorded_at: "2027-01-20T24:00:00Z", happened_at: "2027-01-20T24:00:00Z" }],
    ["machine_clock behind, recorded as before", { recorded_at: at(7), happened_at: at(7), machine_clock: at(6) }, "sound"],
    ["machine_clock behind, recorded later", { machine_clock: at(6) }],
    ["machine_clock equal", { recorded_at: at(7), happened_at: at(7), machine_clock: at(7) }],
    ["happened_at a microsecond early", { happened_at: "2027-01-20T08:00:07.999999Z" }],
    ["rest of 300 characters", { command: "web/acc-1/" + "x".repeat(300) }, "sound"],
    ["rest of 301 characters", { command: "web/acc-1/" + "x".repeat(301) }],
    ["rest begins with a dot", { command: "web/acc-1/.x" }],
    ["rest with a letter of another alphabet", { command: "web/acc-1/é" }],
    ["command ends with a newline", { command: "web/acc-1/x\n" }],
    ["home not the account's", { home: "u12" }],
    ["home null where a unit was named", { home: null }],
    ["role not granted", { role: "clerk" }],
    ["role holder", { role: "holder" }, "sound"],
    ["role not granted, by program", { role: "clerk", command: "program/acc-1/x" }, "sound"],
    ["api, role not granted", { role: "clerk", command: "api/acc-1/x" }],
    ["clock in role office by web", { actor: "clock", command: "web/clock/x" }, "sound"],
    ["clock in role office by clock", { actor: "clock", command: "clock/clock/x" }],
    ["clock as clock by program", { actor: "clock", role: "clock", command: "program/clock/x" }],
    ["operator by web", { actor: "operator", role: "operator", command: "web/operator/x" }],
    ["role of 33", { role: "a".repeat(33), command: "program/acc-1/x" }],
    ["role begins with _", { role: "_a", command: "program/acc-1/x" }],
    ["v 2", { v: 2 }],
    ["rulebook empty", { rulebook: "" }, "sound"],
    ["rulebook with a capital", { rulebook: "Liuzhou@" + "0".repeat(64) }],
    ["rulebook that is not here", { rulebook: "x@" + "0".repeat(64) }, "defects", {}],
    ["a field more", { more: 1 }],
    ["id of 64", { actor: "a".repeat(64), command: `web/${"a".repeat(64)}/x` }, "sound"],
    ["id of 65", { actor: "a".repeat(65), command: `web/${"a".repeat(65)}/x` }],
  ])
    mutant(
      w,
      "entry: " + d,
      last((e) => Object.assign(e, o)),
      named,
    );
  mutant(
    "defects",
    "entry: number 2^53",
    last((e) => {
      e.payload.due = "2027-02-01";
      e.payload.x = 9007199254740992;
    }),
    one,
  );
  mutant(
    "sound",
    "entry: every int of 2^53 - 1",
    E(1, (e) => {
      e.payload.staff = 9007199254740991;
    }),
  );
  mutant(
    "sound",
    "entry: a negative staff",
    E(1, (e) => {
      e.payload.staff = -1;
    }),
  );
  mutant(
    "defects",
    "entry: staff 1.5",
    E(1, (e) => {
      e.payload.staff = 1.5;
    }),
    { entries: [1] },
  );
  mutant(
    "defects",
    "entry: machine_clock in entry 1",
    E(1, (e) => {
      e.machine_clock = "2026-10-07T00:00:00Z";
    }),
    { entries: [1] },
  );
  for (const [d, f] of [
    ["a space", (b) => b.replace(":", ": ")],
    ["-0", (b) => b.replace('"v":1', '"v":-0')],
    ["1.0", (b) => b.replace('"v":1', '"v":1.0')],
    ["1e0", (b) => b.replace('"v":1', '"v":1e0')],
    ["an escape not needed", (b) => b.replace("office", "\\u006ffice")],
    ["a key twice", (b) => b.replace('"v":1', '"v":1,"v":1')],
    ["a key beyond U+FFFF", (b) => b.replace('"stage"', '"\u{1f600}":1,"stage"')],
    ["a BOM", (b) => "\ufeff" + b],
    ["a carriage return at its end", (b) => b + "\r"],
    ["a line of 100000 brackets", () => "[".repeat(100000)],
    ["null", () => "null"],
    ["an empty line", () => ""],
    ["capital in \\u001F", (b) => b.replace("理由", "\\u001F")],
    ["NaN", (b) => b.replace('"v":1', '"v":NaN')],
    ["order of keys", (b) => b.replace(/("v":1),("version":\d+)/, "$2,$1")],
  ])
    mutant("defects", "bytes of the last body: " + d, { raw: (b, n) => (n === N ? f(b) : b) }, one);
  mutant(
    "defects",
    "bytes of the last body: not UTF-8",
    { raw: (b, n) => (n === N ? Buffer.from(b.replace("理由", "\x01"), "latin1").map((x) => (x === 1 ? 0xff : x)) : b) },
    one,
  );
  mutant("defects", "a line of more than 1 MiB", { raw: (b, n) => (n === N ? b.replace("理由", "x".repeat(1048577)) : b) });
  // streams and kinds
  const y = (d, o, w = "defects") =>
    mutant(
      w,
      "stream: " + d,
      {
        edit: (L) => L.splice(N - 1, 0, { ...ent(7, "roster", "UnitRestored", { reason: "x", unit: "u04" }), ...o }),
        seals: [10, 64, 100, LAST, N + 1],
      },
      w === "defects" ? one : {},
    );
  y("UnitRestored in roster", {}, "sound");
  y("roster/x", { stream: "roster/x" }, "defects");
  y("UnitRestored in year/2026", { stream: "year/2026" });
  y("year/26", { stream: "year/26", kind: "YearClosed", payload: { left: [], reason: null } });
  y("table/other", { stream: "table/other", kind: "RowsNoted", payload: { rows: [] } }, "sound");
  y("assessment with four parts", { stream: "assessment/2026/a/b/c", kind: "StepUndone", payload: { reason: "x" } });
  y("assessment of an occasion", { stream: "assessment/2026/a/b", kind: "StepUndone", payload: { reason: "x" } }, "sound");
  y("a kind of the object prototype", { kind: "constructor" });
  y("vault value unknown", {
    stream: "vault/a",
    kind: "ValueKept",
    payload: { about: null, commitment: "0".repeat(64), of: null, units: [], value: "x" },
  });
  // 9: starred
  const st = (d, t, w = "defects") =>
    mutant(w, "starred day: " + d, {
      edit: (L) =>
        L.splice(
          N - 1,
          0,
          ent(7, "roster", "UnitRenamed", { reason: "x", since: "2026-12-10", title: "x", unit: "u04" }, { happened_at: t }),
        ),
      seals: [10, 64, 100, LAST, N + 1],
    });
  st("midnight", `2026-12-10T00:00:00Z`, "sound");
  st("14 h before", "2026-12-09T10:00:00Z", "sound");
  st("14 h and 1 µs before", "2026-12-09T09:59:59.999999Z");
  st("12 h after", "2026-12-10T12:00:00Z", "sound");
  st("12 h 1 µs after", "2026-12-10T12:00:00.000001Z");
  // payload records
  mutant(
    "defects",
    "a Member with a field more",
    E(1, (e) => {
      e.payload.heads[0].x = 1;
    }),
    { entries: [1] },
  );
  mutant("sound", "a document twice with two sizes, not here", {
    edit: (L) =>
      L.splice(
        N - 1,
        0,
        ent(7, "routine_check/r-1", "RoutineCheckAnswered", {
          answer: "x",
          documents: [
            { media_type: "a", sha256: "1".repeat(64), size: 1 },
            { media_type: "a", sha256: "1".repeat(64), size: 2 },
            { media_type: "a", sha256: "1".repeat(64), size: 2 },
          ],
          notes: [],
        }),
      ),
    seals: [10, 64, 100, LAST, N + 1],
  });
  const dg = [...base.keys()].find((n) => n.startsWith("documents/")).slice(10);
  mutant(
    "defects",
    "a document here named with another size too",
    {
      edit: (L) =>
        L.splice(
          N - 1,
          0,
          ent(7, "routine_check/r-1", "RoutineCheckAnswered", {
            answer: "x",
            documents: [{ media_type: "text/plain", sha256: dg, size: 7 }],
            notes: [],
          }),
        ),
      seals: [10, 64, 100, LAST, N + 1],
    },
    { entries: [N] },
  );
}
