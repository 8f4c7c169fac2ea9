// Keeps what is typed into a form of an act: after a pause, and when the page is left. Without it the button "save draft"
// does the same. The server says what became of it; where it cannot be asked, the form's own sentence says what to do.
// Nothing typed is ever changed here. A file goes with the buttons only, and what is said in confidence with the last of them.
const PAUSE = 2000, AGAIN = 15000;
const form = document.querySelector("form[data-keep]");
const told = form.querySelector("[data-kept]");
let dirty = form.dataset.keep === "unsaved", timer = 0, under = null, handedIn = false;

const say = (text) => { if (told.textContent !== text) told.textContent = text; };
const later = (wait) => { clearTimeout(timer); timer = setTimeout(keep, wait, false); };

async function keep(leaving) {
  clearTimeout(timer);
  if (!dirty || handedIn || under) return;
  const typed = new FormData(form);
  const secret = [...typed].some(([name, value]) => name.startsWith(form.dataset.secret) && typeof value === "string" && value);
  for (const [name, value] of [...typed]) if (value instanceof File || name.startsWith(form.dataset.secret)) typed.delete(name);
  typed.set("_do", "keep");
  typed.set("seen", form.dataset.seen);
  dirty = false;
  under = new AbortController();
  try {
    const asked = { method: "POST", body: typed, keepalive: leaving, redirect: "manual", signal: under.signal };
    const answer = await fetch(form.action, asked);
    if (answer.headers.get("content-type") !== "application/json") throw new Error("not the form's answer");
    const kept = await answer.json();
    if (kept.seen) form.dataset.seen = kept.seen;
    say(kept.said + (secret ? form.dataset.without : ""));
    under = null;
    if (dirty) document.visibilityState === "hidden" ? keep(true) : later(PAUSE);
    dirty ||= !kept.seen;
  } catch {
    under = null;
    dirty = true;
    if (handedIn) return;
    say(form.dataset.failed);
    later(AGAIN);
  }
}

form.addEventListener("input", () => { dirty = true; later(PAUSE); });
form.addEventListener("submit", () => { handedIn = true; clearTimeout(timer); under?.abort(); });
addEventListener("pageshow", () => { handedIn = false; });
addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(true); });
addEventListener("pagehide", () => keep(true));
if (dirty) later(PAUSE);
