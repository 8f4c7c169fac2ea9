// A slider over entries: names the entry at its position, and opens that entry when the person releases the
// pointer. A change by keyboard only moves the slider: the person then uses the button beside it.
for (const form of document.querySelectorAll("form[data-slider]")) {
  const range = form.querySelector("input[type=range]");
  const output = form.querySelector("output");
  const labels = new Map([...form.querySelectorAll("option")].map((one) => [one.value, one.label]));
  let byPointer = false;
  range.addEventListener("pointerdown", () => { byPointer = true; });
  range.addEventListener("keydown", () => { byPointer = false; });
  range.addEventListener("input", () => { output.textContent = labels.get(range.value) ?? ""; });
  range.addEventListener("change", () => { if (byPointer) form.requestSubmit(); });
}
