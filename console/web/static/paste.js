// Fills the cells of a table from a block of numbers that is pasted from Excel or WPS into one of its cells: that cell
// and those to the right of it and below it. A block that does not fit, or has a text that is no whole number, fills
// nothing, and a sentence says why. Without this script the whole block is in the one cell, and the server refuses it
// there; then each cell is filled in by hand.
const chinese = document.documentElement.lang.startsWith("zh");
const say = (zh, en) => (chinese ? zh : en);

// A whole number as the server reads it (config/typed.py: whole_number).
const plain = (text) => text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).trim();
const isCount = (text) => /^\+?\d{1,15}([.。]0+)?(\s*(分|人|名|位|票|张|份|件|次|个|项))?$/.test(plain(text));

const cellsOf = (row) => [...row.querySelectorAll("input")];

const fault = (block, rows, column) => {
  if (block.length > rows.length) return say(`粘贴的内容有 ${block.length} 行，从这一行起只有 ${rows.length} 行`, `What you pasted has ${block.length} rows, and there are ${rows.length} from this one on`);
  for (const [n, numbers] of block.entries()) {
    const room = cellsOf(rows[n]).length - column;
    const where = say(`粘贴的第 ${n + 1} 行`, `Row ${n + 1} of what you pasted`);
    if (numbers.length > room) return where + say(`有 ${numbers.length} 个数，从这一格起只有 ${room} 格`, ` has ${numbers.length} numbers, and there are ${room} cells from this one on`);
    const wrong = numbers.findIndex((text) => !isCount(text));
    if (wrong >= 0) return where + (numbers[wrong].trim() ? say(`第 ${wrong + 1} 个“${numbers[wrong].trim().slice(0, 20)}”不是整数`, `: “${numbers[wrong].trim().slice(0, 20)}” (number ${wrong + 1}) is no whole number`) : say(`第 ${wrong + 1} 个是空的`, `: number ${wrong + 1} is empty`));
  }
  return "";
};

for (const table of document.querySelectorAll("table[data-paste]")) {
  const hint = table.parentElement.parentElement.querySelector("[data-paste-hint]");
  if (hint) hint.hidden = false;
  const line = table.parentElement.insertAdjacentElement("beforebegin", Object.assign(document.createElement("p"), { hidden: true }));
  line.setAttribute("role", "status");
  table.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text").replace(/(\r?\n)+$/, "");
    const block = text.split(/\r?\n/).map((row) => row.split("\t"));
    if (!(event.target instanceof HTMLInputElement) || (block.length === 1 && block[0].length === 1)) return;
    event.preventDefault();
    const every = [...table.tBodies[0].rows], row = event.target.closest("tr");
    const rows = every.slice(every.indexOf(row)), column = cellsOf(row).indexOf(event.target);
    const why = fault(block, rows, column);
    line.hidden = false;
    line.className = why ? "wrong" : "hint";
    if (why) {
      line.textContent = why + say("。一格也没有填入，请只复制票数，从对应的一格粘贴。", ". Nothing was filled in. Copy the counts alone, and paste them into the cell where they begin.");
      return;
    }
    for (const [n, numbers] of block.entries()) for (const [m, number] of numbers.entries()) {
      const cell = cellsOf(rows[n])[column + m];
      cell.value = number.trim();
      cell.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const filled = block.reduce((all, numbers) => all + numbers.length, 0);
    line.textContent = say(`已填入 ${block.length} 行、${filled} 格，请核对。`, `${filled} cells in ${block.length} ${block.length === 1 ? "row" : "rows"} were filled in. Check them.`);
  });
}
