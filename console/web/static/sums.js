// Refines a score sheet as points are typed: its total, how many are still to be filled in, and the reason where points are lost.
// Without it the foot says what was last sent, and every reason can be opened by hand.
for (const table of document.querySelectorAll("table[data-sum]")) {
  const fields = [...table.querySelectorAll(`input[name^="${table.dataset.sum}."]`)];
  const total = table.querySelector("[data-total]");
  const foot = table.closest("fieldset, form").querySelector("[data-tally]");
  // As the server reads it (config/typed.py), for the foot only: full-width digits, 。 as the point, 分 after the number.
  const plain = (text) => text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace("。", ".").replace(/分\s*$/, "").trim();
  const read = (field) => (plain(field.value) === "" ? NaN : Number(plain(field.value)));
  const sum = () => {
    const given = fields.map(read).filter((points) => !Number.isNaN(points));
    total.textContent = String(given.reduce((all, points) => all + Math.round(points * 100), 0) / 100);
    const score = table.querySelector("[data-score]");
    if (score) score.textContent = String(Math.max(Math.round((total.textContent - score.dataset.score) * 100), 0) / 100);
    const missing = fields.length - given.length;
    const said = missing ? foot.dataset.some : foot.dataset.all;
    foot.firstElementChild.textContent = said.replace("%s", total.textContent).replace("%d", missing);
  };
  table.addEventListener("input", (event) => {
    sum();
    const field = event.target;
    const reason = table.querySelector(`details[data-lost="${CSS.escape(field.name)}"]`);
    // At full marks the server takes no reason: one that was typed stays in sight, to be deleted.
    if (reason) reason.open = read(field) < Number(field.dataset.points) || reason.querySelector("textarea").value.trim() !== "";
  });
  sum();
}
