// Refines fields: how much was written, as it is typed; and of a file, as it is chosen, what the server would say of its size. Nothing typed is
// ever cut here: a field has no maxlength. Without this script the server counts on each page, and refuses at the field what is over.
const chinese = document.documentElement.lang.startsWith("zh");
const say = (zh, en) => (chinese ? zh : en);

const counted = (field, most) => {
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
  const count = counted(field, most);
  field.addEventListener("input", count);
  count();
}

const size = (bytes) => (bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`);

// All files of a form together: over its limit the server would take none of them, after all of them were sent.
const checked = (field, list) => {
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
    checked(field, list);
  });
}

// A browser's own control for a day or a time takes no pasted text in another form ("2027年12月16日"). Then the field becomes one for text: the
// server reads what stands in it, or says at the field what it cannot read. Without this, what was pasted would be dropped without a word.
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
