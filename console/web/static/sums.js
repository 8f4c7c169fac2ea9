// Updates a score sheet while it is filled in: the total and the number of missing entries at its foot, the score after
// deductions, and the field for the reason, which opens if points are lost or a lower level is chosen. Without this
// script the foot has the values that were last sent, and the person opens a reason by hand.
const tables = [...document.querySelectorAll("table[data-sum]")];
const fieldsOf = (table) => [...table.querySelectorAll(".give input, .give select")];
// Reads a number as the server does (config/typed.py): full-width digits, 。 as the decimal point, 分 after the number.
const plain = (text) => text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace("。", ".").replace(/分\s*$/, "").trim();
const read = (field) => (plain(field.value) === "" ? NaN : Number(plain(field.value)));
const isFilled = (field) => ("best" in field.dataset ? field.value !== "" : !Number.isNaN(read(field)));
const loses = (field) => ("best" in field.dataset ? field.value !== "" && field.value !== field.dataset.best : read(field) < Number(field.dataset.points));
for (const table of tables) {
  const fields = fieldsOf(table);
  const total = table.querySelector("[data-total]");
  const foot = table.closest("fieldset, form").querySelector("[data-tally]");
  const sum = () => {
    const numbers = fields.map(read).filter((points) => !Number.isNaN(points));
    if (total) total.textContent = String(numbers.reduce((all, points) => all + Math.round(points * 100), 0) / 100);
    const score = table.querySelector("[data-score]");
    if (score) score.textContent = String(Math.max(Math.round((total.textContent - score.dataset.score) * 100), 0) / 100);
    const missing = tables.flatMap(fieldsOf).filter((field) => !isFilled(field)).length;
    const sentence = missing ? foot.dataset.some : foot.dataset.all;
    foot.firstElementChild.textContent = sentence.replace("%s", total ? total.textContent : "").replace("%d", missing);
  };
  table.addEventListener("input", (event) => {
    sum();
    const field = event.target;
    const reason = table.querySelector(`details[data-lost="${CSS.escape(field.name)}"]`);
    // With full points the server refuses a reason. A typed reason stays open, so that the person sees it and deletes
    // it.
    if (reason) reason.open = loses(field) || reason.querySelector("textarea").value.trim() !== "";
  });
  sum();
}
