// Updates a score sheet while points are typed: the total and the number of missing points at its foot, the score after
// deductions, and the field for the reason, which opens if points are lost. Without this script the foot has the values
// that were last sent, and the person opens a reason by hand.
for (const table of document.querySelectorAll("table[data-sum]")) {
  const fields = [...table.querySelectorAll(`input[name^="${table.dataset.sum}."]`)];
  const total = table.querySelector("[data-total]");
  const foot = table.closest("fieldset, form").querySelector("[data-tally]");
  // Reads a number as the server does (config/typed.py): full-width digits, 。 as the decimal point, 分 after the number.
  const plain = (text) => text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace("。", ".").replace(/分\s*$/, "").trim();
  const read = (field) => (plain(field.value) === "" ? NaN : Number(plain(field.value)));
  const sum = () => {
    const numbers = fields.map(read).filter((points) => !Number.isNaN(points));
    total.textContent = String(numbers.reduce((all, points) => all + Math.round(points * 100), 0) / 100);
    const score = table.querySelector("[data-score]");
    if (score) score.textContent = String(Math.max(Math.round((total.textContent - score.dataset.score) * 100), 0) / 100);
    const missing = fields.length - numbers.length;
    const sentence = missing ? foot.dataset.some : foot.dataset.all;
    foot.firstElementChild.textContent = sentence.replace("%s", total.textContent).replace("%d", missing);
  };
  table.addEventListener("input", (event) => {
    sum();
    const field = event.target;
    const reason = table.querySelector(`details[data-lost="${CSS.escape(field.name)}"]`);
    // With full points the server refuses a reason. A typed reason stays open, so that the person sees it and deletes
    // it.
    if (reason) reason.open = read(field) < Number(field.dataset.points) || reason.querySelector("textarea").value.trim() !== "";
  });
  sum();
}
