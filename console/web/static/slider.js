// Refines a slider over entries: says at which entry it stands while it is moved, and goes there when it is let go of.
// By keyboard it goes nowhere by itself: the button beside it does.
for (const form of document.querySelectorAll("form[data-slider]")) {
  const range = form.querySelector("input[type=range]");
  const told = form.querySelector("output");
  const labels = new Map([...form.querySelectorAll("option")].map((one) => [one.value, one.label]));
  let pointed = false;
  range.addEventListener("pointerdown", () => { pointed = true; });
  range.addEventListener("keydown", () => { pointed = false; });
  range.addEventListener("input", () => { told.textContent = labels.get(range.value) ?? ""; });
  range.addEventListener("change", () => { if (pointed) form.requestSubmit(); });
}
