// Mutants by what lies beside the entries: seals, keys, about.json, the zip, and all of a dossier.
// Part of the second verifier's test, which was written from docs/ledger-format.md by somebody who had not seen the program; not for users.

import { E0, K, K3, K4, LAST, N, W, at, ent, hex, key, mth, note, sha, sigline } from "./bundle.mjs";

/** Calls `mutant(verdict, deed, how to build it, what else to write down)` for each. */
export function parts(mutant) {
  // seals and their entries
  const se = (d, i, over, w = "defects") =>
    mutant(
      w,
      "SealMade: " + d,
      {
        edit: (L) => {
          L[LAST + i - 1].over = over;
        },
      },
      { entries: [LAST + i] },
    );
  se("count 5", 1, { count: 5 });
  se("another note", 2, { note: "0".repeat(64) });
  se("previous null in the second", 2, { previous: null });
  se("previous in the first", 1, { previous: "0".repeat(64) });
  se("another root", 2, { root: "0".repeat(64) });
  se("a seal that is not here", 5, { number: 287 });
  se("CosignatureAccepted: another line", 3, { line: "0".repeat(64) });
  se("CosignatureAccepted: of a seal that is not here", 3, { number: 65 });
  mutant("sound", "made_at is another (not checked in a bundle)", {
    edit: (L) => {
      L[LAST].over = { made_at: at(9) };
    },
  });
  mutant("defects", "a seal that no entry records lies between", { seals: [10, 64, 80, 100, LAST, N], edit: (L) => {} });
  mutant("defects", "a seal before the first recorded", { seals: [5, 10, 64, 100, LAST, N] });
  mutant("defects", "a recorded seal is not in the bundle", { post: (c) => c.parts.delete("seals/0000000064.note") });
  mutant("sound", "a line of a stranger under a seal", {
    post: (c) => c.parts.set("seals/0000000100.note", Buffer.from(c.made.get(100).bytes + sigline(K4, c.made.get(100).text))),
  });
  mutant("sound", "a line of the ledger's name but another id under a seal", {
    post: (c) => c.parts.set("seals/0000000100.note", Buffer.from(c.made.get(100).bytes + sigline(K3, "x"))),
  });
  mutant("sound", "a second line of the same witness, not genuine", { cos: { 64: [W, (t) => sigline(W, "x")] } });
  mutant("defects", "a witness's line that is not genuine", { cos: { 64: [W], 100: [(t) => sigline(W, "x")] } });
  mutant("defects", "a time of 2^63 in a cosignature", { cos: { 64: [W], 100: [(t) => sigline(W, t, 2n ** 63n)] } });
  mutant("sound", "a time of 0 in a cosignature", { cos: { 64: [W], 100: [(t) => sigline(W, t, 0n)] } });
  mutant("defects", "51 lines under a seal", { cos: { 64: [W], 100: Array.from({ length: 50 }, () => (t) => sigline(K4, t)) } });
  mutant("sound", "50 lines under a seal", { cos: { 64: [W], 100: Array.from({ length: 49 }, () => (t) => sigline(K4, t)) } });
  mutant("defects", "a malformed line under a seal", { cos: { 64: [W], 100: [(t) => "\u2014 x.y A===\n"] } });
  mutant("sound", "a seal of four lines, signed so", { sealText: (t, n) => (n === 100 ? t + "more\n" : t) });
  mutant("defects", "a seal with an empty fourth line", { sealText: (t, n) => (n === 100 ? t + "\n" : t) });
  mutant("defects", "a seal with 0100 as its number", { sealText: (t, n) => (n === 100 ? t.replace("\n100\n", "\n0100\n") : t) });
  mutant("defects", "a seal with a root of no canonical base 64", {
    sealText: (t, n) => (n === 100 ? t.replace(/(.)=\n/, (m, x) => String.fromCharCode(x.charCodeAt(0) + 1) + "=\n") : t),
  });
  mutant("defects", "a seal of another origin, signed by the key", {
    sealText: (t, n) => (n === 100 ? t.replace("college", "colleague") : t),
  });
  mutant("defects", "a seal with a carriage return", { sealText: (t, n) => (n === 100 ? t + "x\r\n" : t) });
  mutant("sound", "no seals at all, no keys brought along", {
    seals: [],
    edit: (L) => {
      L.splice(LAST, 5);
    },
  });
  mutant(
    "defects",
    "no seals at all, a key brought along",
    {
      seals: [],
      edit: (L) => {
        L.splice(LAST, 5);
      },
    },
    { key: [K.line] },
  );
  mutant("defects", "one of 0 entries", {
    post: (c) => c.parts.set("seals/0000000000.note", Buffer.from(note(`${K.name}\n0\n${sha("").toString("base64")}\n`, K))),
  });
  // handovers
  const ho = (o = {}) =>
    note(
      `${K.name}\nkey ${o.old ?? K.line}\nsuccessor ${o.next ?? K3.line}\nafter ${o.after ?? 100}\n${o.more ?? ""}`,
      ...(o.by ?? [K, K3]),
    );
  const hk = (n, since = 100, k = K3) => [
    { key: K.line, note: null, role: "log", since: 0 },
    { key: W.line, note: null, role: "witness", since: 0 },
    { key: k.line, note: n, role: "log", since },
  ];
  const by = (n) => (n > 100 ? K3 : K);
  mutant("sound", "a handover after 100", { keys: hk(ho()), by });
  mutant("sound", "a handover, the first key brought along", { keys: hk(ho()), by }, { key: [K.line] });
  mutant("defects", "a handover, only the second key brought along (seals before it)", { keys: hk(ho()), by }, { key: [K3.line] });
  mutant("defects", "a handover the old key did not sign", { keys: hk(ho({ by: [K3] })), by });
  mutant("defects", "a handover the new key did not sign", { keys: hk(ho({ by: [K] })), by });
  mutant("defects", "a handover, since is not its after", { keys: hk(ho(), 99), by });
  mutant("defects", "a handover with a line more", { keys: hk(ho({ more: "x\n" })), by });
  mutant("defects", "a handover to a key of another name", {
    keys: hk(ho({ next: K4.line, by: [K, K4] }), 100, K4),
    by: (n) => (n > 100 ? K4 : K),
  });
  mutant("defects", "the old key seals after its handover", { keys: hk(ho()), by: (n) => (n > LAST ? K3 : K) });
  mutant("defects", "a lost key, no handover", { keys: hk(null), by });
  mutant("sound", "a lost key, both keys brought along", { keys: hk(null), by }, { key: [K.line, K3.line] });
  mutant("defects", "a lost key, the second brought along", { keys: hk(null), by }, { key: [K3.line] });
  mutant("defects", "the first key has a handover", { keys: [{ key: K.line, note: ho(), role: "log", since: 0 }], cos: { 64: [W] } });
  mutant("defects", "the first key's since is 10", { keys: [{ key: K.line, note: null, role: "log", since: 10 }] });
  mutant("defects", "a key of type 4 as log", {
    keys: [
      { key: K.line, note: null, role: "log", since: 0 },
      { key: W.line, note: null, role: "log", since: 0 },
    ],
  });
  mutant("defects", "a key with another id", {
    keys: [
      { key: K.line, note: null, role: "log", since: 0 },
      { key: W.line.replace(/\+(.)/, (m, x) => "+" + (x === "0" ? "1" : "0")), note: null, role: "witness", since: 0 },
    ],
  });
  mutant("defects", "201 keys", {
    keys: [
      { key: K.line, note: null, role: "log", since: 0 },
      ...Array.from({ length: 200 }, (_, i) => ({ key: key(i + 5, "w" + i, 4).line, note: null, role: "witness", since: 0 })),
    ],
  });
  // from elsewhere
  mutant("sound", "--expect a seal that is in it", {}, { expect: (c) => c.made.get(100).bytes });
  const mth50 = (c) => mth(c.bodies.slice(0, 50)).toString("base64");
  mutant("sound", "--expect a seal that is not in it", {}, { expect: (c) => note(`${K.name}\n50\n${mth50(c)}\n`, K) });
  mutant("defects", "--expect a seal of another root", {}, { expect: (c) => note(`${K.name}\n50\n${sha("x").toString("base64")}\n`, K) });
  mutant("defects", "--expect a seal of more entries", {}, { expect: (c) => note(`${K.name}\n500\n${mth50(c)}\n`, K) });
  mutant("defects", "--expect a seal only a stranger signed", {}, { expect: (c) => note(`${K.name}\n50\n${mth50(c)}\n`, K4) });
  mutant("defects", "--expect a seal only a witness signed", {}, { expect: (c) => note(`${K.name}\n50\n${mth50(c)}\n`, W) });
  // about, files, zip
  const ab = (d, o, w = "defects") =>
    mutant(w, "about: " + d, {
      post: (c) => {
        const a = JSON.parse(c.parts.get("about.json"));
        c.parts.set("about.json", c.js({ ...a, ...o }));
      },
    });
  ab("format 2", { format: 2 });
  ab("year 2027", { year: 2027 });
  ab("year as a string", { year: "2026" });
  ab("form unknown", { form: "x" });
  ab("form dossier", { form: "dossier" });
  ab("last.number 1", { last: { digest: "0".repeat(64), number: 1 } });
  mutant("defects", "about: the bundle ends neither with the year nor with a seal", {
    edit: (L) => {
      L.push(ent(9, "roster", "UnitRestored", { reason: "x", unit: "u04" }));
    },
  });
  mutant("defects", "about: it ends with the second seal after the year", {
    seals: [10, 64, 100, LAST, N + 1, N + 2],
    edit: (L) => {
      for (const i of [9, 10]) L.push(ent(i, "roster", "UnitRestored", { reason: "x", unit: "u04" }));
    },
  });
  mutant("sound", "about: it ends with the first seal after the year", {
    seals: [10, 64, 100, LAST, N + 1],
    edit: (L) => {
      L.push(ent(9, "roster", "UnitRestored", { reason: "x", unit: "u04" }));
    },
  });
  for (const f of ["entries.jsonl", "keys.json", "documents.json", "about.json", "verify.py", "index.html"])
    mutant("defects", "no " + f, { post: (c) => c.parts.delete(f) });
  mutant("defects", "a proof in a ledger", { post: (c) => c.parts.set("proofs/0000000001.tlog-proof", Buffer.from("x")) });
  mutant("defects", "a document nobody names", { post: (c) => c.parts.set("documents/" + hex("x"), Buffer.from("x")) });
  mutant("sound", "about.json is not the last part", {
    post: (c) => {
      c.aboutFirst = 1;
      const v = c.parts.get("verify.py");
      c.parts.delete("verify.py");
      c.parts.set("verify.py", v);
    },
  });
  mutant("defects", "keys.json without its newline", { post: (c) => c.parts.set("keys.json", c.parts.get("keys.json").subarray(0, -1)) });
  mutant("defects", "keys.json with two newlines", {
    post: (c) => c.parts.set("keys.json", Buffer.concat([c.parts.get("keys.json"), Buffer.from("\n")])),
  });
  for (const t of ["date", "made", "internal", "mode", "reg"]) mutant("unusable", "zip: " + t, { tw: { [t]: "keys.json" } });
  for (const t of ["trail", "crc", "size"]) mutant("defects", "zip: " + t, { tw: { [t]: "keys.json" } });
  mutant("defects", "zip: comment", { tw: { comment: 1 } });
  mutant("unusable", "zip: a seal of more than 64 KiB", {
    post: (c) => c.parts.set("seals/0000000100.note", Buffer.from(Array.from({ length: 70000 }, (_, i) => 97 + ((i * 7919) % 23)))),
  });
  mutant("unusable", "zip: a ratio of more than 100 times and 64 KiB", { post: (c) => c.parts.set("index.html", Buffer.alloc(2000000)) });
  mutant("defects", "a name of the table with one more digit", {
    post: (c) => c.parts.set("seals/00000000100.note", c.parts.get("seals/0000000100.note")),
  });
  // dossiers, the list signed by the ledger's own key
  const D = "assessment/2026/u07",
    d = (w, deed, post, x = {}, o = {}) => mutant(w, "dossier: " + deed, { dossier: D, post, ...o }, x);
  const sub = (c, a, b) => {
    c.list = c.list.map((l) => l.replace(a, b));
  };
  d("sound", "a good one", () => {});
  d("sound", "a seal from elsewhere of as many", () => {}, { expect: (c) => c.made.get(LAST).bytes });
  d("defects", "a seal from elsewhere of fewer", () => {}, { expect: (c) => c.made.get(100).bytes });
  d("defects", "list signed: without does not add up", (c) => sub(c, /^without case (\d+)/, (m, n) => `without case ${n - 1}`));
  d("defects", "list signed: without 0", (c) => {
    c.list.push("without vault 0");
  });
  d("defects", "list signed: without not in order", (c) => {
    c.list.push(...c.list.splice(-2).reverse());
  });
  d("defects", "list signed: a version more", (c) => sub(c, /^stream roster (\d+)/, (m, n) => `stream roster ${+n + 1}`));
  d("defects", "list signed: a stream more", (c) => c.list.splice(5, 0, "stream case/c-x 1"));
  d("defects", "list signed: streams not in order", (c) => {
    [c.list[4], c.list[5]] = [c.list[5], c.list[4]];
  });
  d("defects", "list signed: another assessment", (c) => sub(c, D, "assessment/2026/u08"));
  d("defects", "list signed: another digest of entries", (c) => sub(c, /[0-9a-f]{64}/, "0".repeat(64)));
  d("defects", "list signed: a line more", (c) => c.list.push("x"));
  d("defects", "list signed: another name", (c) => {
    c.list[0] = "x";
  });
  d("defects", "list signed: leading zero", (c) => sub(c, /^entries /, "entries 0"));
  d("defects", "list signed: another year of the assessment", (c) => sub(c, /^dossier assessment\/2026/, "dossier assessment/2025"));
  d("defects", "list signed by a witness", (c) => {
    c.lk = W;
  });
  d("defects", "proof: index of another entry", (c) => {
    const n = "proofs/0000000001.tlog-proof";
    c.parts.set(n, Buffer.from(c.parts.get(n).toString().replace("index 0", "index 1")));
  });
  d("defects", "proof: with an extra line", (c) => {
    const n = "proofs/0000000001.tlog-proof";
    c.parts.set(n, Buffer.from(c.parts.get(n).toString().replace("index 0", "extra eA==\nindex 0")));
  });
  d("defects", "proof: a hash less", (c) => {
    const n = "proofs/0000000001.tlog-proof";
    c.parts.set(
      n,
      Buffer.from(
        c.parts
          .get(n)
          .toString()
          .replace(/(index 0\n)[^\n]*\n/, "$1"),
      ),
    );
  });
  d("defects", "proof: a hash more", (c) => {
    const n = "proofs/0000000001.tlog-proof";
    c.parts.set(
      n,
      Buffer.from(
        c.parts
          .get(n)
          .toString()
          .replace(/\n\n/, "\n" + sha("x").toString("base64") + "\n\n"),
      ),
    );
  });
  d("defects", "about of a ledger in it", (c) =>
    c.parts.set("about.json", c.js({ form: "ledger", format: 1, last: { digest: "0".repeat(64), number: 1 }, year: 2026 })),
  );
  {
    const i = E0.findIndex(
      (e, i) =>
        i > 5 &&
        ["roster", "year/2026", D].includes(e.stream) &&
        E0[i - 1].stream !== e.stream &&
        e.machine_clock === null &&
        !["roster", "year/2026", D, "case/c-2026-u07-a"].includes(E0[i - 1].stream) &&
        E0[i - 1].recorded_at < e.recorded_at,
    );
    d(
      "sound",
      "machine_clock after an entry that is left out",
      () => {},
      {},
      {
        edit: (L) => {
          L[i].machine_clock = L[0].recorded_at;
        },
      },
    );
    d(
      "defects",
      "machine_clock later than recorded_at after an entry that is left out",
      () => {},
      {},
      {
        edit: (L) => {
          L[i].machine_clock = "2030-01-01T00:00:00Z";
        },
      },
    );
    d(
      "defects",
      "a version that is skipped under the signed list",
      () => {},
      {},
      {
        edit: (L) => {
          L[i].keep = { version: 900 };
        },
      },
    );
  }
  d(
    "sound",
    "handover after the seal: the list signed by the new key",
    (c) => {
      c.lk = K3;
    },
    {},
    { keys: hk(ho({ after: LAST }), LAST) },
  );
  d("defects", "handover after the seal: the list signed by the old key", (c) => {}, {}, { keys: hk(ho({ after: LAST }), LAST) });
}
