// Displays the length of a text while it is typed, and the names and sizes of files when they are chosen. A file that
// is too large gets an error before the form is sent. Typed text is never cut off: a field has no maxlength. Also here:
// a pasted day or time that the browser's control does not accept. Without this script the server counts, and refuses a
// text or a file over its limit at its field.
const chinese = document.documentElement.lang.startsWith("zh");
const say = (zh, en) => (chinese ? zh : en);

const counterOf = (field, most) => {
  const line = document.querySelector(`[data-count="${CSS.escape(field.id)}"]`) ?? field.parentElement.appendChild(Object.assign(document.createElement("p"), { hidden: true }));
  const always = line.dataset.count !== undefined;
  line.setAttribute("role", "status");
  return () => {
    const written = [...field.value.trim()].length;
    line.hidden = !always && written < most * 0.8;
    line.className = written > most ? "wrong" : "hint";
    line.textContent = written > most
      ? say(`最多 ${most} 字，已写 ${written} 字，请删去 ${written - most} 字`, `Up to ${most} characters, ${written} used: remove ${written - most}`)
      : say(`最多 ${most} 字，已写 ${written} 字`, `Up to ${most} characters, ${written} used`);
  };
};

for (const field of document.querySelectorAll("input[data-most]:not([type=password]), textarea[data-most]")) {
  const most = Number(field.dataset.most);
  if (most < 100) continue;
  const count = counterOf(field, most);
  field.addEventListener("input", count);
  count();
}

const size = (bytes) => (bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`);

// All files of a form together have a limit too. Over it the server takes no file, but only after all of them were
// sent.
const checkTotal = (field, list) => {
  const every = [...field.form.querySelectorAll("input[type=file]")];
  const large = (one) => [...one.files].some((file) => file.size > Number(one.dataset.limit || Infinity));
  for (const one of every) one.setCustomValidity(large(one) ? say("所选文件过大", "A file is too large") : "");
  for (const line of field.form.querySelectorAll("li[data-over]")) line.remove();
  const [all, total] = [every.flatMap((one) => [...one.files]).reduce((sum, file) => sum + file.size, 0), Number(field.dataset.total)];
  if (all <= total || large(field)) return;
  const line = Object.assign(document.createElement("li"), { className: "wrong" });
  line.dataset.over = "";
  line.textContent = say(`本表所选文件合计 ${size(all)}，超过 ${size(total)}，请分几次上传`, `The files chosen in this form have ${size(all)} together, over ${size(total)}: upload them in parts`);
  list.prepend(line);
  field.setCustomValidity(line.textContent);
};

for (const field of document.querySelectorAll("input[type=file][data-limit]")) {
  const list = field.insertAdjacentElement("afterend", document.createElement("ul"));
  list.className = "files";
  list.setAttribute("role", "status");
  field.addEventListener("change", () => {
    const limit = Number(field.dataset.limit);
    list.replaceChildren(...[...field.files].map((file) => {
      const line = document.createElement("li");
      const large = file.size > limit;
      line.className = large ? "wrong" : "";
      line.textContent = `${file.name} ${size(file.size)}` + (large ? say(`，超过 ${size(limit)}，请压缩或换一个文件`, `, over ${size(limit)}: make it smaller or choose another`) : "");
      return line;
    }));
    checkTotal(field, list);
  });
}

// A browser's control for a day or a time does not accept a pasted text such as "2027年12月16日", and drops it without a
// message. Here the field becomes a text field with the pasted text. The server reads the text, or refuses it at the
// field.
document.addEventListener("paste", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !["date", "time"].includes(field.type)) return;
  const text = event.clipboardData.getData("text").trim();
  if (!text) return;
  event.preventDefault();
  field.value = text;
  if (field.value !== text) {
    field.type = "text";
    field.value = text;
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
