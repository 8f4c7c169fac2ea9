// Runs the second verifier over many bundles in one process: node run.mjs LIST.json
// The list: [{"file", "keys", "expect"}], keys brought along and files of seals from elsewhere. Prints, in its order,
// [{"file", "verdict", "defects": [{"number", "why"}], …}]. A test's, not for users.

import { readFileSync } from "node:fs";
import { check } from "./verify.mjs";

const list = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = list.map(({ file, keys, expect }) => ({
  file,
  ...check(
    readFileSync(file),
    keys,
    expect.map((name) => [name, readFileSync(name)]),
  ),
}));
console.log(JSON.stringify(answers));
