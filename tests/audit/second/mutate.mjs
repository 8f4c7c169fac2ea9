// Makes tampered bundles out of the corpus, each sealed again with a ledger's own keys: node mutate.mjs CORPUS FOLDER
// They go into FOLDER, with mutants.json: of each its `file`, `verdict`, `deed`, the `entries` that must be named, the `keys` brought along and the files
// of seals from elsewhere (`expect`). Their verify.py and index.html are stubs.
// Part of the second verifier's test, which was written from docs/ledger-format.md by somebody who had not seen the program; not for users.

import { writeFileSync } from "node:fs";
import { build } from "./bundle.mjs";
import { entries } from "./entries.mjs";
import { parts } from "./parts.mjs";

const FOLDER = process.argv[3];
const made = [];

function mutant(verdict, deed, how, { entries = [], key = [], expect } = {}) {
  const name = String(made.length + 1).padStart(3, "0");
  const [bundle, context] = build(how);
  writeFileSync(`${FOLDER}/${name}.zip`, bundle);
  if (expect) writeFileSync(`${FOLDER}/${name}.note`, expect(context));
  made.push({ file: `${name}.zip`, verdict, deed, entries, keys: key, expect: expect ? [`${name}.note`] : [] });
}

entries(mutant);
parts(mutant);
writeFileSync(`${FOLDER}/mutants.json`, JSON.stringify(made, null, 1));
