// Refines a score sheet: its total, as points are typed. Without it the total is what the next page says.
for (const table of document.querySelectorAll("table[data-sum]")) {
  const fields = [...table.querySelectorAll("input[type=number]")];
  const total = table.querySelector("[data-total]");
  const sum = () => {
    const hundredths = fields.reduce((all, field) => all + Math.round((Number(field.value) || 0) * 100), 0);
    total.textContent = String(hundredths / 100);
  };
  table.addEventListener("input", sum);
  sum();
}
