// Files that are dropped on a form with `data-drop` go into its file field. Without this script they are chosen there.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const section = form.closest("section");
  const field = form.querySelector("input[type=file]");
  const over = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    section.classList.add("over");
    const fold = form.closest("details");
    if (fold) fold.open = true;
  };
  section.addEventListener("dragenter", over);
  section.addEventListener("dragover", over);
  section.addEventListener("dragleave", (event) => {
    if (!section.contains(event.relatedTarget)) section.classList.remove("over");
  });
  section.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    section.classList.remove("over");
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    form.querySelector("button").focus();
  });
}
