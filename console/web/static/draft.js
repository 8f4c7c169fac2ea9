// Saves the typed text of an act's form as a draft: after a pause in typing, and when the person leaves the page.
// Without this script the button "save draft" does the same. The page displays the server's sentence about the draft;
// if the server does not answer, it displays a sentence of the form. This script never changes typed text. It sends no
// file and no confidential field: the buttons of the form send the files, and only the button that submits it sends
// confidential content.
const PAUSE = 2000, AGAIN = 15000;
const form = document.querySelector("form[data-keep]");
const statusLine = form.querySelector("[data-kept]");
let dirty = form.dataset.keep === "unsaved", timer = 0, pending = null, submitted = false;

const say = (text) => { if (statusLine.textContent !== text) statusLine.textContent = text; };
const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait, false); };

async function save(leaving) {
  clearTimeout(timer);
  if (!dirty || submitted || pending) return;
  const typed = new FormData(form);
  const hasConfidentialText = [...typed].some(([name, value]) => name.startsWith(form.dataset.secret) && typeof value === "string" && value);
  for (const [name, value] of [...typed]) if (value instanceof File || name.startsWith(form.dataset.secret)) typed.delete(name);
  typed.set("_do", "keep");
  typed.set("seen", form.dataset.seen);
  dirty = false;
  pending = new AbortController();
  try {
    const options = { method: "POST", body: typed, keepalive: leaving, redirect: "manual", signal: pending.signal };
    const answer = await fetch(form.action, options);
    if (answer.headers.get("content-type") !== "application/json") throw new Error("not the form's answer");
    const draft = await answer.json();
    if (draft.seen) form.dataset.seen = draft.seen;
    say(draft.said + (hasConfidentialText ? form.dataset.without : ""));
    pending = null;
    if (dirty) document.visibilityState === "hidden" ? save(true) : later(PAUSE);
    dirty ||= !draft.seen;
  } catch {
    pending = null;
    dirty = true;
    if (submitted) return;
    say(form.dataset.failed);
    later(AGAIN);
  }
}

form.addEventListener("input", () => { dirty = true; later(PAUSE); });
form.addEventListener("submit", () => { submitted = true; clearTimeout(timer); pending?.abort(); });
addEventListener("pageshow", () => { submitted = false; });
addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
addEventListener("pagehide", () => save(true));
if (dirty) later(PAUSE);
