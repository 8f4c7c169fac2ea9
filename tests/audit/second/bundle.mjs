// Makes sound bundles of the corpus's ledger, longer by seals, a cosignature and an account, and lets a caller change what it likes on the way
// to the file: all is sealed again with the keys of the page's example (private keys: 32 bytes of 01 and of 02; 03 and 04 are others').
// Part of the second verifier's test, which was written from docs/ledger-format.md by somebody who had not seen the program; not for users.

import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync, crc32 } from "node:zlib";
export const sha = (...p) => p.reduce((h, x) => h.update(x), createHash("sha256")).digest(),
  hex = (...p) => sha(...p).toString("hex");
const can = (v) =>
  Array.isArray(v)
    ? `[${v.map(can)}]`
    : v && typeof v === "object"
      ? `{${Object.keys(v)
          .sort()
          .map((k) => JSON.stringify(k) + ":" + can(v[k]))}}`
      : JSON.stringify(v);
const clone = (v) => JSON.parse(JSON.stringify(v));
export function key(byte, name, type) {
  const priv = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, byte)]),
    format: "der",
    type: "pkcs8",
  });
  const raw = createPublicKey(priv).export({ format: "der", type: "spki" }).subarray(12);
  const tb = Buffer.concat([Buffer.from([type]), raw]);
  const id = sha(name, "\n", tb).subarray(0, 4);
  return { name, id, type, priv, line: `${name}+${id.toString("hex")}+${tb.toString("base64")}` };
}
export const K = key(1, "college.edu.cn/kaohe", 1),
  W = key(2, "audit.college.edu.cn/w", 4),
  K3 = key(3, "college.edu.cn/kaohe", 1),
  K4 = key(4, "other.edu.cn/kaohe", 1);
export function sigline(k, text, time = 1796112000n) {
  let s;
  if (k.type === 1) s = sign(null, Buffer.from(text), k.priv);
  else {
    const t = Buffer.alloc(8);
    t.writeBigUInt64BE(BigInt.asUintN(64, time));
    s = Buffer.concat([t, sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), k.priv)]);
  }
  return `\u2014 ${k.name} ${Buffer.concat([k.id, s]).toString("base64")}\n`;
}
export const note = (text, ...ks) => text + "\n" + ks.map((k) => (typeof k === "string" ? k : sigline(k, text))).join("");
export function mth(l) {
  if (!l.length) return sha("");
  if (l.length === 1) return sha("\0", l[0]);
  let k = 1;
  while (k * 2 < l.length) k *= 2;
  return sha("\x01", mth(l.slice(0, k)), mth(l.slice(k)));
}
function path(m, l) {
  if (l.length === 1) return [];
  let k = 1;
  while (k * 2 < l.length) k *= 2;
  return m < k ? [...path(m, l.slice(0, k)), mth(l.slice(k))] : [...path(m - k, l.slice(k)), mth(l.slice(0, k))];
}
function unzip(f) {
  const b = readFileSync(f);
  let p = new Map(),
    at = b.readUInt32LE(b.length - 106 + 16);
  const n = b.readUInt16LE(b.length - 106 + 10);
  for (let i = 0; i < n; i++) {
    const m = b.readUInt16LE(at + 10),
      c = b.readUInt32LE(at + 20),
      l = b.readUInt16LE(at + 28),
      o = b.readUInt32LE(at + 42);
    const name = b.latin1Slice(at + 46, at + 46 + l);
    const d = b.subarray(o + 30 + l, o + 30 + l + c);
    p.set(name, m ? inflateRawSync(d) : d);
    at += 46 + l;
  }
  return p;
}
function zip(parts, tw = {}) {
  let body = [],
    dir = [],
    off = 0,
    n = 0;
  for (const [name, data] of parts) {
    n++;
    const st = name.startsWith("documents/");
    let d = st ? data : deflateRawSync(data, { level: 1 });
    if (tw.trail === name) d = Buffer.concat([d, Buffer.from([0])]);
    const h = Buffer.alloc(26);
    h.writeUInt16LE(20, 0);
    h.writeUInt16LE(st ? 0 : 8, 4);
    h.writeUInt16LE(tw.date === name ? 34 : 33, 8);
    h.writeUInt32LE(tw.crc === name ? 1 : crc32(data), 10);
    h.writeUInt32LE(d.length, 14);
    h.writeUInt32LE(data.length + (tw.size === name ? 1 : 0), 18);
    h.writeUInt16LE(name.length, 22);
    const nm = Buffer.from(name, "latin1");
    body.push(Buffer.from("PK\x03\x04"), h, nm, d);
    const c = Buffer.alloc(46);
    c.write("PK\x01\x02", 0, "latin1");
    c.writeUInt16LE(tw.made === name ? 20 : 0x0314, 4);
    h.copy(c, 6);
    c.writeUInt16LE(tw.internal === name ? 1 : 0, 36);
    c.writeUInt32LE((tw.mode === name ? 0o755 : tw.reg === name ? 0o100644 : 0o644) * 65536, 38);
    c.writeUInt32LE(off, 42);
    dir.push(c, nm);
    off += 30 + nm.length + d.length;
  }
  const D = Buffer.concat(dir),
    e = Buffer.alloc(22);
  e.write("PK\x05\x06", 0, "latin1");
  e.writeUInt16LE(n, 8);
  e.writeUInt16LE(n, 10);
  e.writeUInt32LE(D.length, 12);
  e.writeUInt32LE(off, 16);
  e.writeUInt16LE(84, 20);
  const all = Buffer.concat([...body, D, e]);
  return Buffer.concat([all, Buffer.from("kaohe-bundle-sha256:" + (tw.comment ? "0".repeat(64) : hex(all)))]);
}

export const base = unzip(`${process.argv[2]}/001.zip`),
  E0 = base
    .get("entries.jsonl")
    .toString()
    .split("\n")
    .slice(0, 112) // enough: less to hash, in some two hundred bundles
    .map((l) => JSON.parse(l));
export const PIN = E0[0].rulebook,
  LAST = E0.length,
  N = LAST + 8;
export const at = (n) => new Date(Date.UTC(2027, 0, 20, 8, 0, n)).toISOString().replace(".000", "");
export const ent = (i, stream, kind, payload, o = {}) => ({
  actor: "office-1",
  command: `program/office-1/m-${i}`,
  happened_at: at(i),
  home: "u13",
  kind,
  machine_clock: null,
  payload,
  principal: null,
  principal_home: null,
  recorded_at: at(i),
  role: "office",
  rulebook: PIN,
  stream,
  v: 1,
  ...o,
});
// the payloads of entries of seals are filled in while the seals are made
function rich() {
  const S = (i, count, n) => ({
    ...ent(i, "seals", "SealMade", null),
    fill: (c) => ({ count, made_at: at(0), note: c.sealed(n), number: n, previous: c.before(n), root: c.root(n) }),
  });
  return [
    ...clone(E0),
    S(1, 1, 10),
    S(2, 2, 64),
    { ...ent(3, "seals", "CosignatureAccepted", null), fill: (c) => ({ line: c.cosig(64), number: 64 }) },
    S(4, 3, 100),
    S(5, 4, LAST),
    ent(
      6,
      "account/acc-1",
      "AccountOpened",
      { person: null, unit: "u13" },
      { actor: "operator", role: "operator", command: "cli/operator/open-1", home: null, rulebook: "" },
    ),
    ent(
      7,
      "account/acc-1",
      "RoleGranted",
      { role: "office" },
      { actor: "operator", role: "operator", command: "cli/operator/grant-1", home: null, rulebook: "" },
    ),
    ent(
      8,
      "year/2026",
      "YearDeadlineMoved",
      { due: "2027-02-01", reason: "理由", stage: "score" },
      { actor: "acc-1", command: "web/acc-1/f-1" },
    ),
  ];
}
export function build({
  edit = () => {},
  seals = [10, 64, 100, LAST, N],
  keys,
  by = () => K,
  cos = { 64: [W] },
  post = () => {},
  tw = {},
  raw = (b) => b,
  sealText = (t) => t,
  dossier = null,
  about,
} = {}) {
  const L = rich();
  edit(L);
  const bodies = [],
    made = new Map();
  let prev = "0".repeat(64);
  const vs = {};
  const order = [];
  const c = {
    sealed: (n) => made.get(n)?.digest ?? "0".repeat(64),
    root: (n) => made.get(n)?.root.toString("hex") ?? "0".repeat(64),
    before: (n) => {
      const i = order.indexOf(n);
      return i > 0 ? made.get(order[i - 1]).digest : null;
    },
    cosig: (n) => hex(made.get(n).cos[0]),
  };
  L.forEach((e, i) => {
    e = { ...e };
    if (e.fill) {
      e.payload = { ...e.fill(c), ...e.over };
    }
    delete e.fill;
    delete e.over;
    const keep = e.keep ?? {};
    delete e.keep;
    e.number = i + 1;
    e.previous = prev;
    vs[e.stream] = (vs[e.stream] ?? 0) + 1;
    e.version = vs[e.stream];
    Object.assign(e, keep);
    let b = Buffer.from(raw(can(e), i + 1));
    bodies.push(b);
    prev = hex(b);
    if (seals.includes(i + 1)) {
      const root = mth(bodies);
      const k = by(i + 1);
      const text = sealText(`${k.name}\n${i + 1}\n${root.toString("base64")}\n`, i + 1);
      const ll = sigline(k, text);
      const cs = (cos[i + 1] ?? []).map((w) => (typeof w === "function" ? w(text) : sigline(w, text)));
      made.set(i + 1, { root, text, bytes: text + "\n" + ll + cs.join(""), digest: hex(text + "\n" + ll), cos: cs });
      order.push(i + 1);
    }
  });
  const P = new Map();
  const es = bodies.map((b) => {
    try {
      return JSON.parse(b);
    } catch {
      return null;
    }
  });
  let pick = bodies.map((_, i) => i),
    list = null;
  if (dossier) {
    const ok = (s) => s === dossier || s === "year/2026" || s === "roster" || s === "case/c-2026-u07-a";
    pick = pick.filter((i) => ok(es[i].stream) && i < LAST);
  }
  const jl = Buffer.concat(pick.flatMap((i) => [bodies[i], Buffer.from("\n")]));
  P.set("entries.jsonl", jl);
  if (dossier)
    for (const i of pick)
      P.set(
        `proofs/${String(i + 1).padStart(10, "0")}.tlog-proof`,
        Buffer.from(
          `c2sp.org/tlog-proof@v1\nindex ${i}\n${path(i, bodies.slice(0, LAST))
            .map((h) => h.toString("base64") + "\n")
            .join("")}\n${made.get(LAST).bytes}`,
        ),
      );
  for (const [n, b] of base) if (n.startsWith("rulebooks/")) P.set(n, b);
  for (const n of dossier ? [LAST] : order) P.set(`seals/${String(n).padStart(10, "0")}.note`, Buffer.from(made.get(n).bytes));
  const js = (v) => Buffer.from(can(v) + "\n");
  P.set(
    "keys.json",
    js(
      keys ?? [
        { key: K.line, note: null, role: "log", since: 0 },
        { key: W.line, note: null, role: "witness", since: 0 },
      ],
    ),
  );
  P.set("verify.py", Buffer.from("#\n"));
  const D = new Map();
  const walk = (v, n) => {
    if (v && typeof v === "object") {
      if (
        !Array.isArray(v) &&
        Object.keys(v).sort().join() === "media_type,sha256,size" &&
        typeof v.size === "number" &&
        typeof v.media_type === "string"
      ) {
        const k = can([v.sha256, v.size, v.media_type]);
        if (!D.has(k)) D.set(k, { ...v, entries: [], here: false });
        if (!D.get(k).entries.includes(n)) D.get(k).entries.push(n);
      }
      for (const x of Object.values(v)) walk(x, n);
    }
  };
  for (const i of pick) if (es[i]) walk(es[i].payload, i + 1);
  for (const r of D.values()) {
    const p = "documents/" + r.sha256;
    if (base.has(p) && !dossier) {
      P.set(p, base.get(p));
      r.here = true;
    }
  }
  P.set(
    "documents.json",
    js(
      [...D.values()].sort((a, b) =>
        a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : a.size - b.size || (a.media_type < b.media_type ? -1 : 1),
      ),
    ),
  );
  P.set("index.html", Buffer.from("<p>\n"));
  if (dossier) {
    const st = {},
      wo = {};
    es.slice(0, LAST).forEach((e, i) => {
      if (pick.includes(i)) st[e.stream] = e.version;
      else {
        const w = e.stream.split("/")[0];
        wo[w] = (wo[w] ?? 0) + 1;
      }
    });
    const m = made.get(LAST);
    list = [
      K.name,
      `dossier ${dossier}`,
      `seal ${LAST} ${m.root.toString("base64")}`,
      `entries ${pick.length} ${hex(jl)}`,
      ...Object.keys(st)
        .sort()
        .map((s) => `stream ${s} ${st[s]}`),
      ...Object.keys(wo)
        .sort()
        .map((w) => `without ${w} ${wo[w]}`),
    ];
    P.set("dossier.note", Buffer.alloc(0));
  }
  P.set(
    "about.json",
    js(
      about ??
        (dossier
          ? { form: "dossier", format: 1 }
          : { form: "ledger", format: 1, last: { digest: prev, number: bodies.length }, year: 2026 }),
    ),
  );
  const ctx = { parts: P, made, bodies, es, js, list, lk: K };
  post(ctx);
  if (dossier && P.has("dossier.note") && !P.get("dossier.note").length)
    P.set("dossier.note", Buffer.from(note(ctx.list.map((x) => x + "\n").join(""), ctx.lk)));
  if (P.has("about.json") && !ctx.aboutFirst) {
    const a = P.get("about.json");
    P.delete("about.json");
    P.set("about.json", a);
  }
  return [zip(P, tw), ctx];
}
