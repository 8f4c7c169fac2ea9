// A second verifier of bundles, written from docs/ledger-format.md by somebody who had not seen the program: so the
// page is enough, and what both find is no fault of one. It is a test's, not for users: those have verify.py.
// It does not replay the rules, make index.html again, or check ML-DSA-44 signatures (type 0x06).
// Needs node 20.15 or later and nothing else. The titles in quotes are sections of the page.

import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";

// ------------------------------------------------------------------------------------------------------------
// What is found
// ------------------------------------------------------------------------------------------------------------

/** The file is not of the form of a bundle, or beyond a limit on parts and their sizes: it is not looked at. */
class NotABundle extends Error {}
/** So many defects that the rest is not looked at. */
class Enough extends Error {}

const MOST_DEFECTS = 1000;
let defects = [];

function defect(number, why) {
  defects.push({ number, why });
  if (defects.length >= MOST_DEFECTS) throw new Enough();
}

// "Limits"
const KIB = 1024;
const MIB = 1024 * KIB;
const LIMIT = {
  line: MIB,
  parts: 60000,
  note: 64 * KIB, //           a seal, a proof, dossier.note: in a bundle
  noteElsewhere: 1000000, //   a note that is not in a bundle
  signatures: 50,
  keys: 200,
  depth: 64, // objects and lists in each other, the outermost being the first
};

// ------------------------------------------------------------------------------------------------------------
// Small tools
// ------------------------------------------------------------------------------------------------------------

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const sha256hex = (...parts) => sha256(...parts).toString("hex");

/** Strict UTF-8; a byte-order mark is a character like any other. Throws on anything else. */
const utf8 = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const sameFields = (object, names) => {
  const keys = Object.keys(object);
  return keys.length === names.length && names.every((name) => Object.hasOwn(object, name));
};
const tenDigits = (number) => String(number).padStart(10, "0");
/** Order by code point of ASCII or other text: the order of the UTF-8 bytes. */
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Base 64 of RFC 4648, section 4, with padding, in its canonical form only; null for all else. */
function base64(text) {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : null;
}

/** A whole number as text: decimal, no leading zero, within 2^53 - 1; null for all else. */
function decimal(text) {
  return /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

// ------------------------------------------------------------------------------------------------------------
// "How values are written": canonical JSON
// ------------------------------------------------------------------------------------------------------------

/** The value written in canonical form; throws at what lies outside of our domain. */
function canonical(value, depth = 0) {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === "number") {
    // no floating-point numbers; a whole number lies between -(2^53 - 1) and 2^53 - 1. (-0 is written 0 and so differs.)
    if (!Number.isSafeInteger(value)) throw new Error("a number that is not a whole one, or too large");
    return String(value);
  }
  if (typeof value === "string") {
    // RFC 8785, 3.2.2.2: a lone surrogate is no text
    if (!value.isWellFormed()) throw new Error("a lone surrogate");
    return JSON.stringify(value);
  }
  if (depth === LIMIT.depth) throw new Error("nested too deep");
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
  // Array.prototype.sort compares strings by UTF-16 unit, as RFC 8785 asks
  const parts = Object.keys(value)
    .sort()
    .map((key) => {
      // no key with a character beyond U+FFFF
      if (/[\u{10000}-\u{10ffff}]/u.test(key)) throw new Error("a key with a character beyond U+FFFF");
      return `${canonical(key)}:${canonical(value[key], depth + 1)}`;
    });
  return `{${parts.join(",")}}`;
}

/** To check: read the JSON, write it again in canonical form, compare the bytes. Throws where they differ. */
function readCanonical(bytes) {
  let text;
  try {
    text = utf8(bytes);
  } catch {
    throw new Error("is not UTF-8");
  }
  let value;
  let again;
  try {
    value = JSON.parse(text);
    again = canonical(value);
  } catch (error) {
    throw new Error(`is not JSON of our domain: ${error.message}`);
  }
  if (again !== text) throw new Error("is not canonical JSON");
  return value;
}

// ------------------------------------------------------------------------------------------------------------
// The types
// ------------------------------------------------------------------------------------------------------------

const ID = "[a-z0-9][a-z0-9._-]{0,63}";
const whole = (pattern) => new RegExp(`^(?:${pattern})$`);
const matches = (pattern) => {
  const form = whole(pattern);
  return (value) => typeof value === "string" && form.test(value);
};

const isId = matches(ID);
const isDigest = matches("[0-9a-f]{64}");
const isInt = (value) => Number.isSafeInteger(value) && !Object.is(value, -0);

/** A day of the Gregorian calendar, from year 0001. */
function isDay(value) {
  const found = typeof value === "string" && /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(value);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number);
  if (year < 1 || month < 1 || month > 12) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day >= 1 && day <= days[month - 1];
}

/** A time in UTC, to the second, or with exactly six decimals where the microseconds are not zero. */
function isTime(value) {
  const found = typeof value === "string" && /^(.{10})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{6}))?Z$/.exec(value);
  return Boolean(found && isDay(found[1]) && found[2] <= "23" && found[3] <= "59" && found[4] <= "59" && found[5] !== "000000");
}

/** The microseconds since 1970 of a day's midnight UTC, and of a time. */
function microsOfDay(day) {
  const date = new Date(0);
  date.setUTCFullYear(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)));
  return BigInt(date.getTime()) * 1000n;
}
function micros(time) {
  const [hour, minute, second] = [11, 14, 17].map((at) => BigInt(time.slice(at, at + 2)));
  const rest = time.length > 20 ? BigInt(time.slice(20, 26)) : 0n;
  return microsOfDay(time) + ((hour * 60n + minute) * 60n + second) * 1000000n + rest;
}

const TYPES = {
  id: isId,
  digest: isDigest,
  // a "character" is a Unicode code point
  text: (value) => typeof value === "string" && value !== "" && [...value].length <= 500,
  string: (value) => typeof value === "string",
  int: isInt,
  bool: (value) => typeof value === "boolean",
  points: matches("-?[0-9]+(\\.[0-9]+)?(E[+-]?[0-9]+)?"),
  day: isDay,
  time: isTime,
};

// "The fields of each kind": the list is read from the page
const PAGE = readFileSync(new URL("../../../docs/ledger-format.md", import.meta.url), "utf8");
const KINDS_AS_WRITTEN = /### The fields of each kind\n.*?```text\n(.*?)```/s.exec(PAGE)[1];

/** kind → {word, fields, day}; record → {fields} */
const KINDS = new Map();
const RECORDS = new Map();
for (const line of KINDS_AS_WRITTEN.trim().split("\n")) {
  const [word, name, ...rest] = line.split(" ");
  let day = null; // the star marks the field that says on which day it took place
  const fields = rest.map((field) => {
    const at = field.indexOf(":");
    const fieldName = field.slice(0, at);
    if (field.endsWith("*")) day = fieldName;
    return [fieldName, field.slice(at + 1).replace(/\*$/, "")];
  });
  if (word === "-") RECORDS.set(name, { fields });
  else KINDS.set(name, { word, fields, day });
}

/** Whether the value is of the type: X? is X or null, [X] an array, {X} an object under any keys, a|b one of these strings. */
function isOf(type, value) {
  if (type.endsWith("?")) return value === null || isOf(type.slice(0, -1), value);
  if (type.startsWith("[")) return Array.isArray(value) && value.every((item) => isOf(type.slice(1, -1), item));
  if (type.startsWith("{")) {
    return isObject(value) && Object.values(value).every((item) => isOf(type.slice(1, -1), item));
  }
  if (type.includes("|")) return typeof value === "string" && type.split("|").includes(value);
  if (RECORDS.has(type)) return wrongFields(RECORDS.get(type).fields, value).length === 0;
  return TYPES[type](value);
}

/** What is wrong with an object that must have exactly these fields, each of its type. */
function wrongFields(fields, value) {
  if (!isObject(value)) return ["no object"];
  const wrong = [];
  for (const [name, type] of fields) {
    if (!Object.hasOwn(value, name)) wrong.push(`no ${name}`);
    else if (!isOf(type, value[name])) wrong.push(`${name} is not ${type}`);
  }
  const names = new Set(fields.map(([name]) => name));
  for (const name of Object.keys(value)) if (!names.has(name)) wrong.push(`${name} is too many`);
  return wrong;
}

// "The body"
const RULEBOOK = "[a-z0-9._-]+@[0-9a-f]{64}";
const isPositive = (value) => isInt(value) && value >= 1;

/** "Streams": roster, access, seals, year/…, assessment/… with two or three parts, paper/… with a year and an id, any other word, a slash and an id. */
const STREAM = whole(
  `roster|access|seals|year/[0-9]{4}|assessment/[0-9]{4}/${ID}(?:/${ID})?|paper/[0-9]{4}/${ID}|` + `(?!(?:roster|access|seals|year|assessment|paper)/)[a-z_]+/${ID}`,
);
const wordOf = (stream) => stream.split("/")[0];

const BODY = {
  actor: isId,
  command: (value) => typeof value === "string", // its form is point 10
  happened_at: isTime,
  home: (value) => value === null || isId(value),
  kind: (value) => typeof value === "string", // which there are is point 8
  machine_clock: (value) => value === null || isTime(value),
  number: isPositive,
  payload: isObject,
  previous: isDigest,
  principal: (value) => value === null || isId(value),
  principal_home: (value) => value === null || isId(value),
  recorded_at: isTime,
  role: matches("[a-z][a-z_]{0,31}"),
  rulebook: matches(`(?:${RULEBOOK})?`),
  stream: (value) => typeof value === "string" && STREAM.test(value),
  v: isPositive,
  version: isPositive,
};

// "Command ids"
const COMMAND = whole(`(web|api|program|cli|clock)/(${ID})/[A-Za-z0-9][A-Za-z0-9._:/@-]{0,299}`);

function doorsOf(actor, role) {
  if (actor === "clock" && role === "clock") return ["clock"];
  if (actor === "operator" && role === "operator") return ["cli"];
  return ["web", "api", "program"];
}

// ------------------------------------------------------------------------------------------------------------
// "Bundles": the zip, of one strict form
// ------------------------------------------------------------------------------------------------------------

// the table of files: pattern, limit of the unpacked size ("Limits"), whether it is in a ledger and in a dossier
const FILES = [
  { form: /^entries\.jsonl$/, most: 2 * 1024 * MIB, ledger: true, dossier: true },
  { form: new RegExp(`^rulebooks/${RULEBOOK}\\.toml$`), most: MIB, ledger: true, dossier: true },
  { form: /^seals\/[0-9]{10}\.note$/, most: LIMIT.note, ledger: true, dossier: true },
  { form: /^keys\.json$/, most: MIB, ledger: true, dossier: true },
  { form: /^documents\.json$/, most: 64 * MIB, ledger: true, dossier: true },
  { form: /^documents\/[0-9a-f]{64}$/, most: 256 * MIB, ledger: true, dossier: true, stored: true },
  { form: /^proofs\/[0-9]{10}\.tlog-proof$/, most: LIMIT.note, ledger: false, dossier: true },
  { form: /^dossier\.note$/, most: LIMIT.note, ledger: false, dossier: true },
  { form: /^about\.json$/, most: MIB, ledger: true, dossier: true },
  { form: /^verify\.py$/, most: MIB, ledger: true, dossier: true },
  { form: /^index\.html$/, most: 256 * MIB, ledger: true, dossier: true },
];
const OTHER = { most: Infinity, ledger: false, dossier: false };
const rowOf = (name) => FILES.find((row) => row.form.test(name)) ?? OTHER;

function insist(holds, why) {
  if (!holds) throw new NotABundle(why);
}

/** The parts of the zip, unpacked: name → bytes, in their order. */
function readZip(file) {
  const COMMENT = 84;
  const END = 22;
  insist(file.length >= END + COMMENT, "the file is too short");
  // the end record with the comment of 84 bytes ends the file; no disks; both counts are the number of parts
  const end = file.length - COMMENT - END;
  insist(file.readUInt32LE(end) === 0x06054b50, "no end record where it must be");
  insist(file.readUInt16LE(end + 4) === 0 && file.readUInt16LE(end + 6) === 0, "the end record names disks");
  const count = file.readUInt16LE(end + 8);
  insist(file.readUInt16LE(end + 10) === count, "the two counts of the end record differ");
  insist(file.readUInt16LE(end + 20) === COMMENT, "the comment is not of 84 bytes");
  insist(count <= LIMIT.parts, "too many parts");
  const directory = file.readUInt32LE(end + 16);
  insist(directory + file.readUInt32LE(end + 12) === end, "the directory does not end where the end record begins");
  // from the first byte on one part after the other, in the order of the directory
  const found = [];
  let at = directory;
  let place = 0;
  for (let index = 0; index < count; index++) {
    insist(at + 46 <= end && file.readUInt32LE(at) === 0x02014b50, "the directory is not of its form");
    const length = file.readUInt16LE(at + 28);
    insist(at + 46 + length <= end, "the directory is not of its form");
    const name = file.latin1Slice(at + 46, at + 46 + length);
    // each part has a name in ASCII
    insist(/^[\x00-\x7f]*$/.test(name), "a name that is not in ASCII");
    const row = rowOf(name);
    // version 20 made on system 3, needing 20; flags 0; method; time 0, date 33; …
    const method = file.readUInt16LE(at + 10);
    const [crc, packed, size] = [16, 20, 24].map((offset) => file.readUInt32LE(at + offset));
    insist(file.readUInt16LE(at + 4) === 0x0314 && file.readUInt16LE(at + 6) === 20, `${name}: version`);
    insist(file.readUInt16LE(at + 8) === 0, `${name}: flags`);
    insist(method === (row.stored ? 0 : 8), `${name}: method`);
    insist(file.readUInt16LE(at + 12) === 0 && file.readUInt16LE(at + 14) === 33, `${name}: date`);
    insist(file.readUInt16LE(at + 30) === 0, `${name}: an extra field`);
    insist(file.readUInt16LE(at + 32) === 0, `${name}: a comment`);
    insist(file.readUInt16LE(at + 34) === 0, `${name}: a disk`);
    insist(file.readUInt16LE(at + 36) === 0, `${name}: internal attributes`);
    insist(file.readUInt32LE(at + 38) === 0o644 * 0x10000, `${name}: external attributes`);
    insist(file.readUInt32LE(at + 42) === place, `${name}: its place`);
    // Its own header says the same, the sizes included
    insist(place + 30 + length + packed <= directory, `${name}: reaches into the directory`);
    insist(file.readUInt32LE(place) === 0x04034b50, `${name}: no header of its own`);
    insist(file.readUInt16LE(place + 28) === 0, `${name}: an extra field in its own header`);
    const same =
      file.subarray(place + 4, place + 28).equals(file.subarray(at + 6, at + 30)) &&
      file.subarray(place + 30, place + 30 + length).equals(file.subarray(at + 46, at + 46 + length));
    insist(same, `${name}: its own header says otherwise`);
    // "Limits"
    insist(size <= row.most, `${name}: too large`);
    // unpacked size of a deflated part: 100 times the packed size and 64 KiB more; a document has two equal sizes
    insist(row.stored ? size === packed : size <= 100 * packed + 64 * KIB, `${name}: its sizes`);
    const bytes = file.subarray(place + 30 + length, place + 30 + length + packed);
    found.push({ name, method, crc, size, bytes });
    place += 30 + length + packed;
    at += 46 + length;
  }
  insist(place === directory && at === end, "bytes between the parts, the directory and the end record");

  // The comment: SHA-256 of every byte of the file before the comment
  const comment = `kaohe-bundle-sha256:${sha256hex(file.subarray(0, file.length - COMMENT))}`;
  if (!file.subarray(file.length - COMMENT).equals(Buffer.from(comment))) defect(null, "the comment is not the digest");
  const parts = new Map();
  for (const part of found) {
    if (parts.has(part.name)) defect(null, `${part.name} is there twice`);
    else parts.set(part.name, unpack(part));
  }
  return parts;
}

/** A part's bytes, as far as they unpack: that they end where it ends, with its size and CRC-32, is checked. */
function unpack({ name, method, crc, size, bytes }) {
  let content = bytes;
  if (method === 8) {
    try {
      const { buffer, engine } = inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1), info: true });
      if (engine.bytesWritten !== bytes.length) defect(null, `${name}: bytes after the deflated ones`);
      content = buffer;
    } catch (error) {
      if (error instanceof Enough) throw error;
      content = Buffer.alloc(0);
    }
  }
  if (content.length !== size || crc32(content) !== crc) defect(null, `${name}: not of its size and CRC-32`);
  return content;
}

// ------------------------------------------------------------------------------------------------------------
// "A note, and who signed it"
// ------------------------------------------------------------------------------------------------------------

const isKeyName = (name) => name !== "" && !/[\p{White_Space}+]/u.test(name);

/** verifier key = name+<key id in hexadecimal>+<base64(type || public key)>; null where it is none. */
function readKey(line) {
  const found = typeof line === "string" && /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(line);
  if (!found || !isKeyName(found[1])) return null;
  const bytes = base64(found[3]);
  const length = { 1: 32, 4: 32, 6: 1312 }[bytes?.[0]];
  if (!length || bytes.length !== 1 + length) return null;
  // key id = SHA-256(name || 0x0A || type || public key)[0:4]
  if (sha256hex(found[1], "\n", bytes).slice(0, 8) !== found[2]) return null;
  return { line, name: found[1], id: found[2], type: bytes[0], raw: bytes.subarray(1) };
}

function ed25519(key, message, signature) {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key.raw]);
  try {
    return verifySignature(null, message, createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
  } catch {
    return false;
  }
}

/** A note taken apart; throws where it is none. */
function readNote(bytes, most = LIMIT.note) {
  if (bytes.length > most) throw new Error("is too long for a note");
  let all;
  try {
    all = utf8(bytes);
  } catch {
    throw new Error("is not UTF-8");
  }
  if (/[\u0000-\u0009\u000b-\u001f]/.test(all)) throw new Error("has a control character");
  // a text that ends in a newline, an empty line, one line for each signature; the last empty line parts them
  const parting = all.lastIndexOf("\n\n");
  if (parting < 0 || !all.endsWith("\n")) throw new Error("is no note");
  const text = all.slice(0, parting + 1);
  const lines = all
    .slice(parting + 2)
    .split("\n")
    .slice(0, -1);
  if (lines.length === 0) throw new Error("has no signature");
  if (lines.length > LIMIT.signatures) throw new Error("has too many signature lines");
  const signatures = lines.map((line) => {
    const found = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line);
    const value = found && isKeyName(found[1]) && base64(found[2]);
    if (!value || value.length < 5) throw new Error("has a signature line that is none");
    return { line: `${line}\n`, name: found[1], id: value.toString("hex", 0, 4), signature: value.subarray(4) };
  });
  return { text, signatures };
}

/** Whether the signature is the key's over the text; type 0x06 is not checked here: null. */
function isGenuine(key, text, signature) {
  if (key.type === 1) return signature.length === 64 && ed25519(key, Buffer.from(text), signature);
  if (key.type === 6) return null;
  if (signature.length !== 72) return false;
  // the seconds as 8 bytes, the largest first; a time is at most 2^63 - 1
  const time = signature.readBigUInt64BE(0);
  if (time >= 2n ** 63n) return false;
  return ed25519(key, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), signature.subarray(8));
}

/**
 * The known keys that signed the note: verifier key → signature line. A line of no known key is passed over; one of
 * a known key that is not genuine condemns the whole note (throws); a second line of the same key is passed over.
 */
function signersOf(note, known) {
  const byName = new Map(known.map((key) => [`${key.name} ${key.id}`, key]));
  const signers = new Map();
  const seen = new Set();
  for (const { name, id, signature, line } of note.signatures) {
    const key = byName.get(`${name} ${id}`);
    if (!key || seen.has(key.line)) continue;
    seen.add(key.line);
    const genuine = isGenuine(key, note.text, signature);
    if (genuine === false) throw new Error(`has a line of ${name} that is not genuine`);
    if (genuine) signers.set(key.line, line);
  }
  return signers;
}

/** "A seal": origin, number, root; more lines may follow and are passed over. */
function readSeal(bytes, most) {
  const note = readNote(bytes, most);
  const [origin, number, root, ...more] = note.text.split("\n").slice(0, -1);
  const seal = { note, origin, number: decimal(number ?? ""), root: base64(root ?? "") };
  if (!origin || seal.number === null || seal.root?.length !== 32 || more.includes("")) {
    throw new Error("is not of the form of a seal");
  }
  return seal;
}

// ------------------------------------------------------------------------------------------------------------
// keys.json, and "What a checker must find true of seals", 1 and 2
// ------------------------------------------------------------------------------------------------------------

/** "Handing on a key": four lines, of which both keys sign the text. */
function isHandedOn(before, next, entry) {
  let note;
  try {
    note = readNote(Buffer.from(entry.note));
    const text = `${before.name}\nkey ${before.line}\nsuccessor ${next.line}\nafter ${entry.since}\n`;
    const signers = signersOf(note, [before, next]);
    return note.text === text && before.name === next.name && signers.has(before.line) && signers.has(next.line);
  } catch {
    return false;
  }
}

/**
 * The keys: {log: [{key, since, believed}], witnesses: [key]}. Without log keys brought along the first one is
 * believed, and each that was handed on to by one that is; with them, only those brought along and whom they handed on to.
 */
function readKeys(rows, brought) {
  const log = [];
  const witnesses = brought.filter((key) => key.type !== 1);
  const told = brought.length > witnesses.length;
  const said = [];
  if (!Array.isArray(rows)) {
    defect(null, "keys.json is no list");
    rows = [];
  }
  if (rows.length > LIMIT.keys) {
    defect(null, "keys.json has more than 200 keys");
    rows = [];
  }
  for (const row of rows) {
    const wrong = wrongFields(
      [
        ["key", "string"],
        ["note", "string?"],
        ["role", "log|witness"],
        ["since", "int"],
      ],
      row,
    );
    const key = wrong.length ? null : readKey(row.key);
    const typed = key && (row.role === "log" ? key.type === 1 : key.type !== 1);
    if (wrong.length || !typed || row.since < 0) {
      defect(null, `keys.json: ${wrong[0] ?? "a key that is none, or of the wrong type, or a since below 0"}`);
      continue;
    }
    const isBrought = brought.some(({ line }) => line === key.line);
    said.push({ key: key.line, role: row.role, from: isBrought ? "brought along" : "the bundle" });
    if (row.role === "witness") {
      if (row.note !== null) defect(null, "keys.json: a witness that was handed on to");
      if (!isBrought) witnesses.push(key);
      continue;
    }
    const before = log.at(-1);
    let handed = false;
    if (!before) {
      if (row.note !== null) defect(null, "keys.json: the first log key has a handover");
    } else if (row.note === null) {
      // Where a key was lost there is no handover, and a checker has to be told both keys
      if (!(isBrought && brought.some(({ line }) => line === before.key.line))) {
        defect(null, `keys.json: nothing hands on to the key ${key.line}`);
      }
    } else {
      handed = isHandedOn(before.key, key, row);
      if (!handed) defect(null, `keys.json: the handover to the key ${key.line} is not genuine`);
    }
    if (before && row.since < before.since) defect(null, "keys.json: a key's turn begins before the one before it");
    const believed = (told ? isBrought : !before) || (handed && before.believed);
    log.push({ key, since: row.since, believed });
  }
  for (const key of brought) {
    if (!said.some(({ key: line }) => line === key.line)) {
      said.push({ key: key.line, role: key.type === 1 ? "log" : "witness", from: "brought along" });
    }
  }
  return { log, witnesses, said };
}

/** The key whose turn it was: since < number ≤ the next key's since. Null where there is none that is believed. */
function keyInTurn(log, number) {
  const index = log.findIndex((row, i) => row.since < number && (i + 1 === log.length || number <= log[i + 1].since));
  return index >= 0 && log[index].believed ? log[index].key : null;
}

/** A seal's signatures against the keys whose turn it was; the seal with its signers, or null and a defect. */
function checkSeal(what, bytes, keys, most) {
  try {
    const seal = readSeal(bytes, most);
    const key = keyInTurn(keys.log, seal.number);
    if (!key) throw new Error("no key that is believed had its turn");
    if (seal.origin !== key.name) throw new Error("its origin is not the name of the key whose turn it was");
    const signers = signersOf(seal.note, [key, ...keys.witnesses]);
    if (!signers.has(key.line)) throw new Error("it is not signed by the key whose turn it was");
    // the note as it was sealed: the text, an empty line and the first signature line
    const asSealed = sha256hex(`${seal.note.text}\n${seal.note.signatures[0].line}`);
    return { ...seal, signers, asSealed };
  } catch (error) {
    defect(null, `${what}: ${error.message}`);
    return null;
  }
}

// ------------------------------------------------------------------------------------------------------------
// "What a checker must find true": the entries
// ------------------------------------------------------------------------------------------------------------

/** The tree of RFC 6962, grown leaf by leaf: the perfect subtrees, the largest first. */
class Tree {
  edge = [];
  add(body) {
    let made = sha256("\0", body);
    let width = 1;
    while (this.edge.length && this.edge.at(-1).width === width) {
      made = sha256("\x01", this.edge.pop().hash, made);
      width *= 2;
    }
    this.edge.push({ width, hash: made });
  }
  root() {
    return this.edge.length ? this.edge.map(({ hash }) => hash).reduceRight((right, left) => sha256("\x01", left, right)) : sha256("");
  }
}

/** The lines of entries.jsonl; every line ends with a newline, the last one too. */
function* linesOf(bytes) {
  let from = 0;
  while (from < bytes.length) {
    const found = bytes.indexOf(10, from);
    const to = found < 0 ? bytes.length : found;
    yield { body: bytes.subarray(from, to), ended: found >= 0 };
    from = to + 1;
  }
}

/** Every object of exactly {media_type, sha256, size}, of types string, digest, int, anywhere in the payload. */
function* documentsIn(value) {
  if (Array.isArray(value)) for (const item of value) yield* documentsIn(item);
  if (!isObject(value)) return;
  if (isOf("Document", value)) yield value;
  for (const item of Object.values(value)) yield* documentsIn(item);
}

/**
 * All entries, checked one by one. Gives what the checks of the whole need: how many, rulebooks, documents, streams
 * with their last version, roots wanted, the entries of `seals`, hash of each body.
 */
function readEntries(bytes, dossier, rootsAt) {
  const found = {
    count: 0,
    last: { digest: "0".repeat(64), number: 0 },
    rulebooks: new Map(), //  pin → number of the first entry that names it
    documents: new Map(), //  canonical [sha256, size, media_type] → {…, entries}
    streams: new Map(), //    stream → its last version
    lastOfYear: new Map(), // year → number of the last entry in a stream of it
    roots: new Map(), //      number → root of the tree over so many entries
    sealEntries: [],
    leaves: [], //            of a dossier: {number, body}
  };
  const tree = new Tree();
  const accounts = new Map(); // account → {homes, roles, lent} its stream named so far
  let before = { number: 0, digest: "0".repeat(64), recorded: null };

  for (const { body, ended } of linesOf(bytes)) {
    const line = ++found.count;
    const digest = sha256hex(body);
    if (!dossier) {
      tree.add(body);
      if (rootsAt.has(line)) found.roots.set(line, tree.root());
    }
    let entry;
    let unreadable = ended ? null : "does not end with a newline";
    try {
      if (body.length > LIMIT.line) throw new Error("is longer than 1 MiB");
      entry = readCanonical(body);
      if (!isObject(entry)) unreadable = "is no object";
    } catch (error) {
      unreadable = error.message;
    }
    // numbers of a ledger are those of the lines; those of a dossier the bodies'
    const own = isObject(entry) && isPositive(entry.number) ? entry.number : null;
    const number = dossier ? own : line;
    const say = (why) => defect(number ?? null, dossier && number === null ? `line ${line}: ${why}` : why);
    // 3: body is canonical …
    if (unreadable) say(`the body ${unreadable}`);
    if (isObject(entry)) {
      checkEntry(entry, { say, number, before, dossier, accounts, found });
      if (dossier && number !== null) found.leaves.push({ number, body });
    }
    const good = isObject(entry) && isTime(entry.recorded_at);
    before = { number: number ?? before.number, digest, recorded: good ? micros(entry.recorded_at) : null };
    found.last = { digest, number: before.number };
  }
  return found;
}

function checkEntry(entry, { say, number, before, dossier, accounts, found }) {
  const good = {};
  // 3: … has exactly the fields above, each of its type, and `v` is 1
  for (const [name, holds] of Object.entries(BODY)) {
    good[name] = Object.hasOwn(entry, name) && holds(entry[name]);
    if (!good[name]) say(Object.hasOwn(entry, name) ? `${name} is not of its type` : `there is no ${name}`);
  }
  for (const name of Object.keys(entry)) if (!Object.hasOwn(BODY, name)) say(`the field ${name} is too many`);
  if (good.v && entry.v !== 1) say(`it is of format ${entry.v}, which this program does not know`);

  // the numbers are those of the lines; in a dossier they ascend
  if (good.number && !dossier && entry.number !== number) say("its number is not that of its line");
  if (good.number && dossier && entry.number <= before.number) say("numbers do not ascend");

  // 5: previous; in a dossier between lines whose numbers follow one another
  const follows = !dossier || number === before.number + 1;
  if (good.previous && follows && entry.previous !== before.digest) say("previous is not the digest of the entry before");

  // 6: recorded_at not earlier than before; machine_clock null, or earlier than recorded_at, which is then that before
  if (good.recorded_at) {
    const recorded = micros(entry.recorded_at);
    if (before.recorded !== null && recorded < before.recorded) say("it was recorded before the entry before");
    if (good.machine_clock && entry.machine_clock !== null) {
      if (micros(entry.machine_clock) >= recorded) say("machine_clock is not earlier than recorded_at");
      const first = number === 1;
      if (first || (follows && before.recorded !== null && recorded !== before.recorded)) {
        say("machine_clock is set, but recorded_at is not that of the entry before");
      }
    }
  }

  // 7: within each stream version is 1, 2, 3 … without a gap
  if (good.stream && good.version) {
    const last = found.streams.get(entry.stream) ?? 0;
    if (entry.version !== last + 1) say(`its version is ${entry.version}, not ${last + 1}`);
    found.streams.set(entry.stream, entry.version);
  }

  // 8: kind is one of those, in a stream that begins with its word, and payload has exactly its fields
  const kind = good.kind ? KINDS.get(entry.kind) : undefined;
  let goodPayload = false;
  if (good.kind && !kind) say(`the kind ${JSON.stringify(entry.kind)} is not known`);
  if (kind) {
    if (good.stream && wordOf(entry.stream) !== kind.word) say(`${entry.kind} in the stream ${entry.stream}`);
    const wrong = good.payload ? wrongFields(kind.fields, entry.payload) : ["no object"];
    goodPayload = wrong.length === 0;
    if (good.payload) for (const why of wrong) say(`payload: ${why}`);
  }

  // 9: happened_at: of a starred day, between 14 hours before and 12 hours after midnight UTC; else recorded_at
  if (kind && good.happened_at) {
    const day = kind.day && good.payload ? entry.payload[kind.day] : null;
    if (kind.day) {
      if (isDay(day)) {
        const HOUR = 3600000000n;
        const after = micros(entry.happened_at) - microsOfDay(day);
        if (after < -14n * HOUR || after > 12n * HOUR) say(`happened_at is not the day ${day} of ${kind.day}`);
      }
    } else if (good.recorded_at && entry.happened_at !== entry.recorded_at) {
      say("happened_at is not recorded_at");
    }
  }

  // 10: command is of its form, of a door that actor and role may use, and names the actor
  let door = null;
  if (good.command) {
    const parts = COMMAND.exec(entry.command);
    if (!parts) say("command is not of its form");
    else {
      door = parts[1];
      if (good.actor && parts[2] !== entry.actor) say("command does not name the actor");
      if (good.actor && good.role && !doorsOf(entry.actor, entry.role).includes(door)) {
        say(`${entry.actor} as ${entry.role} may not use the door ${door}`);
      }
    }
  }

  // 11: web or api, and account/<actor> has an entry before: home and role were named there before (not in a dossier)
  if (!dossier) {
    const account = good.actor && accounts.get(entry.actor);
    if (account && (door === "web" || door === "api")) {
      if (good.home && !account.homes.has(entry.home)) say("home is no unit the account was given");
      const own = entry.role === "holder" || account.roles.has(entry.role) || entry.principal !== null;
      if (good.role && !own) say("role was not granted to the account");
    }
    // 12: the principal named the actor as a deputy in this role, and had that department
    if (good.principal && good.principal_home && entry.principal !== null) {
      const principal = accounts.get(entry.principal);
      if (!principal?.homes.has(entry.principal_home)) say("principal_home is no unit the principal was given");
      if (!principal?.lent.has(`${entry.actor} ${entry.role}`)) say("the principal named no such deputy");
    }
    if (good.stream && wordOf(entry.stream) === "account") {
      const id = entry.stream.slice("account/".length);
      if (!accounts.has(id)) accounts.set(id, { homes: new Set(), roles: new Set(), lent: new Set() });
      const { homes, roles, lent } = accounts.get(id);
      if (goodPayload && (entry.kind === "AccountOpened" || entry.kind === "AccountMoved")) homes.add(entry.payload.unit);
      if (goodPayload && entry.kind === "RoleGranted") roles.add(entry.payload.role);
      if (goodPayload && entry.kind === "DeputyAppointed") {
        for (const role of entry.payload.roles) lent.add(`${entry.payload.deputy} ${role}`);
      }
    }
    if (good.principal && entry.principal === null && entry.principal_home !== null) say("principal_home without principal");
  }

  // for the checks of the whole
  if (good.rulebook && entry.rulebook !== "" && !found.rulebooks.has(entry.rulebook)) {
    found.rulebooks.set(entry.rulebook, number);
  }
  if (good.stream) {
    const year = /^(?:year|assessment|paper)\/([0-9]{4})/.exec(entry.stream);
    if (year) found.lastOfYear.set(Number(year[1]), number);
    if (entry.stream === "seals" && goodPayload) found.sealEntries.push({ number, kind: entry.kind, says: entry.payload });
  }
  if (good.payload && number !== null) {
    for (const { sha256: sha, size, media_type } of documentsIn(entry.payload)) {
      const key = canonical([sha, size, media_type]);
      if (!found.documents.has(key)) found.documents.set(key, { sha256: sha, size, media_type, entries: new Set() });
      found.documents.get(key).entries.add(number);
    }
  }
}

// ------------------------------------------------------------------------------------------------------------
// The files of every bundle
// ------------------------------------------------------------------------------------------------------------

/** Every JSON file is canonical and ends with one newline. Undefined and a defect where it is not so, or not there. */
function readJsonFile(parts, name) {
  const bytes = parts.get(name);
  if (!bytes) return undefined; // that it is not there is said by checkFiles
  try {
    if (bytes.at(-1) !== 10) throw new Error("does not end with a newline");
    return readCanonical(bytes.subarray(0, -1));
  } catch (error) {
    defect(null, `${name} ${error.message}`);
    return undefined;
  }
}

/** Its files against the table: every file of its form must be there, and no other. */
function checkFiles(parts, form) {
  const dossier = form === "dossier";
  const must = ["entries.jsonl", "keys.json", "documents.json", "about.json", "verify.py", "index.html"];
  for (const name of dossier ? [...must, "dossier.note"] : must) {
    if (!parts.has(name)) defect(null, `there is no ${name}`);
  }
  for (const name of parts.keys()) if (!rowOf(name)[form]) defect(null, `${name} is no file of a ${form}`);
  const seals = [...parts.keys()].filter((name) => name.startsWith("seals/")).length;
  if (dossier && seals !== 1) defect(null, `a dossier has one seal, not ${seals}`);
}

/** Every edition the entries name, under its pin, and no other; its bytes against the digest in its name. */
function checkRulebooks(parts, found) {
  for (const [pin, number] of found.rulebooks) {
    if (!parts.has(`rulebooks/${pin}.toml`)) defect(number, `the rulebook ${pin} is not here`);
  }
  for (const [name, bytes] of parts) {
    if (!name.startsWith("rulebooks/") || rowOf(name) === OTHER) continue;
    const pin = name.slice("rulebooks/".length, -".toml".length);
    if (!found.rulebooks.has(pin)) defect(null, `no entry names the rulebook ${pin}`);
    if (sha256hex(bytes) !== pin.slice(-64)) defect(found.rulebooks.get(pin) ?? null, `${name} is not what its name says`);
  }
}

/** documents.json against the entries, and every document that is here against its digest and size. */
function checkDocuments(parts, found) {
  const here = (digest) => parts.get(`documents/${digest}`);
  const named = new Set();
  const due = [...found.documents.values()]
    .sort((a, b) => byBytes(a.sha256, b.sha256) || a.size - b.size || byBytes(a.media_type, b.media_type))
    .map((row) => ({ ...row, entries: [...row.entries].sort((a, b) => a - b), here: Boolean(here(row.sha256)) }));
  for (const row of due) {
    named.add(row.sha256);
    const bytes = here(row.sha256);
    if (bytes && bytes.length !== row.size) {
      for (const number of row.entries) defect(number, `the document ${row.sha256} has ${bytes.length} bytes, not ${row.size}`);
    }
  }
  for (const [name, bytes] of parts) {
    if (!rowOf(name).stored) continue;
    const digest = name.slice("documents/".length);
    if (!named.has(digest)) defect(null, `no entry names ${name}`);
    if (sha256hex(bytes) !== digest) {
      const entries = due.filter((row) => row.sha256 === digest).flatMap((row) => row.entries);
      for (const number of entries.length ? entries : [null]) defect(number, `${name} is not what its name says`);
    }
  }
  const rows = readJsonFile(parts, "documents.json");
  if (rows !== undefined && canonical(rows) !== canonical(due)) {
    defect(null, "documents.json is not the list of the documents the entries name");
  }
}

// ------------------------------------------------------------------------------------------------------------
// A ledger
// ------------------------------------------------------------------------------------------------------------

function checkLedger(parts, found, about, seals, elsewhere) {
  // The root at each seal's number against the seal, and no seal of more entries than there are
  for (const [what, seal] of [...seals.map((seal) => [seal.file, seal]), ...elsewhere]) {
    if (seal.number > found.count) defect(null, `${what}: it is of ${seal.number} entries, there are ${found.count}`);
    else if (!found.roots.get(seal.number)?.equals(seal.root)) {
      defect(null, `${what}: the entries are not those that were sealed`);
    }
  }

  // Of seals, 7: each SealMade has its row; no seal lies below the newest recorded that no entry records
  const rows = [...parts.keys()].filter((name) => /^seals\/[0-9]{10}\.note$/.test(name)).map((name) => Number(name.slice(6, 16)));
  const bySeal = new Map(seals.map((seal) => [seal.number, seal]));
  const recorded = new Set();
  let [before, newest] = [null, 0];
  for (const { number, kind, says } of found.sealEntries) {
    if (kind !== "SealMade") continue;
    recorded.add(says.number);
    if (says.count !== recorded.size) defect(number, `SealMade: count is ${says.count}, not ${recorded.size}`);
    if (says.previous !== before) defect(number, "SealMade: previous is not the seal before");
    if (says.number <= newest) defect(number, `SealMade: the seal of ${newest} entries was recorded before`);
    const seal = bySeal.get(says.number);
    if (!rows.includes(says.number)) defect(number, `SealMade: there is no seal of ${says.number} entries`);
    else if (seal && (says.note !== seal.asSealed || says.root !== seal.root.toString("hex"))) {
      defect(number, "SealMade: note or root is not that of the seal");
    }
    before = says.note;
    newest = Math.max(newest, says.number);
  }
  for (const row of rows) if (row < newest && !recorded.has(row)) defect(null, `no entry records the seal of ${row} entries`);

  // Of seals, 8: each CosignatureAccepted has its row: SHA-256 of the line with its newline
  const linesOfSeal = new Map(seals.map((seal) => [seal.number, new Set(seal.note.signatures.map(({ line }) => sha256hex(line)))]));
  for (const { number, kind, says } of found.sealEntries) {
    if (kind !== "CosignatureAccepted") continue;
    const lines = linesOfSeal.get(says.number);
    if (!rows.includes(says.number)) defect(number, `CosignatureAccepted: there is no seal of ${says.number} entries`);
    else if (lines && !lines.has(says.line)) defect(number, "CosignatureAccepted: the seal has no such line");
  }

  // about.json: its last entry, and the year of which there is a stream
  if (about === undefined) return;
  const fields = isObject(about) && sameFields(about, ["form", "format", "last", "year"]);
  const last = fields && isObject(about.last) && sameFields(about.last, ["digest", "number"]);
  if (!last || about.format !== 1 || !isInt(about.year) || !isInt(about.last.number) || !isDigest(about.last.digest)) {
    return defect(null, "about.json does not have the fields of a ledger, each of its type");
  }
  if (about.last.digest !== found.last.digest || about.last.number !== found.count) {
    defect(found.count, "about.json does not name the last entry");
  }
  const end = found.lastOfYear.get(about.year);
  if (end === undefined) return defect(null, `about.json: there is no stream of the year ${about.year}`);
  // the last entry of the streams of its year or, where a seal is of as many entries or more, the least of those
  const due = Math.min(...rows.filter((number) => number >= end));
  if (found.count !== (due === Infinity ? end : due)) defect(null, "the bundle does not end where its year or the seal after it does");
}

// ------------------------------------------------------------------------------------------------------------
// A dossier
// ------------------------------------------------------------------------------------------------------------

/** "To check a place" */
function isPlaced(body, index, size, hashes, root) {
  let r = sha256("\0", body);
  let [i, m] = [index, size - 1];
  const halve = () => ([i, m] = [Math.floor(i / 2), Math.floor(m / 2)]);
  for (const h of hashes) {
    if (m === 0) return false;
    if (i % 2 === 1 || i === m) {
      r = sha256("\x01", h, r);
      while (i % 2 === 0 && i !== 0) halve();
    } else {
      r = sha256("\x01", r, h);
    }
    halve();
  }
  return m === 0 && r.equals(root);
}

/** The proof's hashes; throws where it is not of its form, or its seal not, byte for byte, the one in seals/. */
function readProof(bytes, index, sealBytes) {
  const head = Buffer.from(`c2sp.org/tlog-proof@v1\nindex ${index}\n`);
  if (!bytes.subarray(0, head.length).equals(head)) throw new Error("does not begin as a proof of this entry does");
  const rest = bytes.subarray(head.length);
  const tail = Buffer.concat([Buffer.from("\n"), sealBytes]);
  if (rest.length < tail.length || !rest.subarray(rest.length - tail.length).equals(tail)) {
    throw new Error("does not end with the seal");
  }
  const lines = rest.latin1Slice(0, rest.length - tail.length).split("\n");
  if (lines.pop() !== "" || lines.length > 63) throw new Error("is not of the form of a proof");
  return lines.map((line) => {
    const hash = base64(line);
    if (hash?.length !== 32) throw new Error("has a line that is no hash");
    return hash;
  });
}

function checkDossier(parts, found, about, keys, seals, elsewhere) {
  if (about !== undefined && !(isObject(about) && sameFields(about, ["form", "format"]) && about.format === 1)) {
    defect(null, "about.json does not have the fields of a dossier, each of its type");
  }
  const seal = seals[0];

  // proofs: one for each entry and no other; each entry's proof stands in for the root
  const proofs = new Set([...parts.keys()].filter((name) => name.startsWith("proofs/")));
  for (const { number, body } of found.leaves) {
    const name = `proofs/${tenDigits(number)}.tlog-proof`;
    if (!proofs.delete(name)) {
      if (!parts.has(name)) defect(number, "there is no proof of it");
      continue;
    }
    if (!seal) continue;
    if (number > seal.number) {
      defect(number, "it is not under the seal");
      continue;
    }
    try {
      const hashes = readProof(parts.get(name), number - 1, parts.get(seal.file));
      if (!isPlaced(body, number - 1, seal.number, hashes, seal.root)) throw new Error("does not lead to the root of the seal");
    } catch (error) {
      defect(number, `its proof ${error.message}`);
    }
  }
  for (const name of proofs) defect(null, `${name} is of no entry here`);

  // A seal from elsewhere of as many entries must have the same root; of one of more or fewer a dossier shows nothing
  for (const [what, other] of elsewhere) {
    if (!seal || other.number !== seal.number) defect(null, `${what}: a dossier shows nothing of a seal of ${other.number} entries`);
    else if (!other.root.equals(seal.root)) defect(null, `${what}: it has another root than the dossier's seal`);
  }

  if (!parts.has("dossier.note")) return;
  try {
    checkList(parts, found, keys, seal);
  } catch (error) {
    if (error instanceof Enough) throw error;
    defect(null, `dossier.note ${error.message}`);
  }
}

/** "The list of a dossier" */
function checkList(parts, found, keys, seal) {
  const note = readNote(parts.get("dossier.note"));
  // signed by the newest log key, the last in the succession, whose name is the seal's origin
  const newest = keys.log.at(-1);
  if (!newest?.believed) throw new Error("is of no key that is believed");
  if (!signersOf(note, [newest.key]).has(newest.key.line)) throw new Error("is not signed by the newest key of the ledger");
  const say = (why) => defect(null, `dossier.note: ${why}`);
  if (seal && seal.origin !== newest.key.name) say("the key's name is not the seal's origin");

  // its text is these lines and no other
  const lines = note.text.split("\n").slice(0, -1);
  const assessment = /^dossier (assessment\/([0-9]{4})\/\S+)$/.exec(lines[1] ?? "");
  if (!assessment || !STREAM.test(assessment[1])) throw new Error("does not name an assessment");
  const without = new Map();
  while (lines.length > 4) {
    const row = /^without ([a-z_]+) ([0-9]+)$/.exec(lines.at(-1));
    if (!row) break;
    const count = decimal(row[2]);
    if (!count) throw new Error("has a line `without` that is not of its form"); // each 1 or more
    if (without.has(row[1])) throw new Error(`says twice what it is without: ${row[1]}`);
    without.set(row[1], count);
    lines.pop();
  }
  const words = [...without.keys()].reverse();
  if (words.join() !== [...words].sort(byBytes).join()) say("the lines `without` are not in order");
  const streams = [...found.streams].sort(([a], [b]) => byBytes(a, b));
  const bytes = parts.get("entries.jsonl") ?? Buffer.alloc(0);
  const due = [
    newest.key.name,
    `dossier ${assessment[1]}`,
    seal ? `seal ${seal.number} ${seal.root.toString("base64")}` : lines[2],
    `entries ${found.count} ${sha256hex(bytes)}`,
    ...streams.map(([name, version]) => `stream ${name} ${version}`),
  ];
  for (let at = 0; at < Math.max(due.length, lines.length); at++) {
    if (due[at] !== lines[at]) say(`it says ${JSON.stringify(lines[at] ?? null)} where ${JSON.stringify(due[at] ?? null)} is so`);
  }
  // the entries that are in it and those of all `without` lines add up to the number of the seal
  const sum = [...without.values()].reduce((a, b) => a + b, found.count);
  if (seal && sum !== seal.number) say(`${sum} entries in it and without it, ${seal.number} under the seal`);
  // the streams are the assessment itself, and of others only its year, roster, cases and routine checks
  if (!found.streams.has(assessment[1])) say(`there is no entry of ${assessment[1]}`);
  for (const [name] of streams) {
    const may = name === assessment[1] || name === `year/${assessment[2]}` || name === "roster" || /^(case|routine_check)\//.test(name);
    if (!may) say(`the stream ${name} is none of this dossier's`);
  }
}

// ------------------------------------------------------------------------------------------------------------
// All of it
// ------------------------------------------------------------------------------------------------------------

function checkBundle(file, brought, expected, answer) {
  const parts = readZip(file);
  const bytes = parts.get("entries.jsonl") ?? Buffer.alloc(0);

  const about = readJsonFile(parts, "about.json");
  let form = isObject(about) ? about.form : undefined;
  if (form !== "ledger" && form !== "dossier") {
    if (about !== undefined) defect(null, "about.json names no form");
    form = parts.has("dossier.note") ? "dossier" : "ledger";
  }
  answer.form = form;
  checkFiles(parts, form);

  // the keys, each handed on to by the one before
  const keys = readKeys(readJsonFile(parts, "keys.json") ?? [], brought);
  answer.keys = keys.said;

  // each seal's signatures against the keys whose turn it was
  const seals = [];
  for (const [name, content] of parts) {
    if (!/^seals\/[0-9]{10}\.note$/.test(name)) continue;
    const seal = checkSeal(name, content, keys, LIMIT.note);
    if (!seal) continue;
    if (tenDigits(seal.number) !== name.slice(6, 16)) defect(null, `${name}: its text is of ${seal.number} entries`);
    else seals.push({ ...seal, file: name });
  }
  const elsewhere = [];
  for (const [name, content] of expected) {
    const seal = checkSeal(name, content, keys, LIMIT.noteElsewhere);
    if (seal) elsewhere.push([name, seal]);
  }
  // Where somebody brought log keys along, a bundle without seals is a defect
  if (brought.some(({ type }) => type === 1) && seals.length === 0)
    defect(null, "keys were brought along, and there is no seal they vouch for");

  const rootsAt = new Set([...seals, ...elsewhere.map(([, seal]) => seal)].map(({ number }) => number));
  const found = readEntries(bytes, form === "dossier", rootsAt);
  if (found.count === 0) defect(null, "there are no entries");
  checkRulebooks(parts, found);
  checkDocuments(parts, found);
  if (form === "ledger") {
    checkLedger(parts, found, about, seals, elsewhere);
    // Entries after the newest seal are to be reported as unsealed
    answer.unsealed =
      found.count -
      Math.min(
        found.count,
        seals.reduce((most, { number }) => Math.max(most, number), 0),
      );
  } else {
    checkDossier(parts, found, about, keys, seals, elsewhere);
  }
  // a witness counts only with a key that was brought along
  answer.seals = [...seals, ...elsewhere.map(([, seal]) => seal)].map(({ number, signers }) => ({
    number,
    witnesses: brought.filter((key) => key.type === 4 && signers.has(key.line)).map(({ line }) => line),
  }));
}

/**
 * What there is to say of a bundle: `verdict` (sound, defects, or unusable: not looked at), `defects`, and what was found.
 * `keys`: verifier keys brought along; `expect`: [name, bytes] of seals from elsewhere.
 */
export function check(file, keys = [], expect = []) {
  defects = [];
  const answer = {};
  try {
    const brought = keys.map(readKey);
    if (brought.includes(null)) throw new Error("a key that is none was brought along");
    checkBundle(file, brought, expect, answer);
  } catch (error) {
    if (error instanceof NotABundle) return { verdict: "unusable", defects: [{ number: null, why: error.message }] };
    if (!(error instanceof Enough)) throw error;
    defects.push({ number: null, why: `${MOST_DEFECTS} defects: the rest was not looked at` });
  }
  return { verdict: defects.length ? "defects" : "sound", defects, ...answer };
}
