// Shows HTML, and tells the kernel which of its parts, those with data-pick, was chosen.
function render({ model, el }) {
  const parts = () => [...el.querySelectorAll("[data-pick]")];
  const rows = () => [...el.querySelectorAll('[role="treeitem"]')];
  const pick = (part) => model.send({ pick: part.dataset.pick });
  // Bars, and the rows of a tree, are one stop of the Tab key: the arrows lead from one to the next.
  const go = (from, to) => {
    if (!to) return;
    for (const other of parts()) if (other.tabIndex === 0) other.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  };
  const draw = () => {
    const active = el.contains(document.activeElement) ? document.activeElement : null;
    const { pick: focused, node } = active?.dataset ?? {};
    const box = el.querySelector(".kd-tree")?.scrollTop ?? 0;
    const place = active ? rows().indexOf(active) : -1;
    el.innerHTML = model.get("value");
    const tree = el.querySelector(".kd-tree");
    if (tree) tree.scrollTop = box;
    if (node || place >= 0) {
      go(null, rows().find((row) => row.dataset.node === node) ?? rows()[place] ?? rows()[0]);
    } else if (focused) {
      const again = parts().find((part) => part.dataset.pick === focused) ?? parts()[0];
      again?.focus();
    }
  };
  const clicked = (event) => {
    const part = event.target.closest("[data-pick]");
    if (!part) return;
    const row = part.closest('[role="treeitem"]');
    if (row) go(null, row);
    pick(part);
  };
  const onBar = (bar, key) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const bars = parts();
    if (step) go(bar, bars[bars.indexOf(bar) + step]);
    else if (key === "Enter" || key === " ") pick(bar);
    else return false;
    return true;
  };
  // The keys of a tree view, as the ARIA Authoring Practices name them.
  const onRow = (row, key) => {
    const all = rows();
    const at = all.indexOf(row);
    const state = row.getAttribute("aria-expanded");
    const level = (one) => Number(one.getAttribute("aria-level"));
    const send = (verb) => model.send({ pick: `${verb} ${row.dataset.node}` });
    if (key === "ArrowDown") go(row, all[at + 1]);
    else if (key === "ArrowUp") go(row, all[at - 1]);
    else if (key === "Home") go(row, all[0]);
    else if (key === "End") go(row, all[all.length - 1]);
    else if (key === "ArrowRight" && state === "false") send("open");
    else if (key === "ArrowRight" && state === "true") go(row, all[at + 1]);
    else if (key === "ArrowLeft" && state === "true") send("close");
    else if (key === "ArrowLeft") {
      go(row, all.slice(0, at).findLast((one) => level(one) < level(row)));
    } else if (key === "Enter" || key === " ") pick(row);
    else return key === "ArrowRight";
    return true;
  };
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const bar = event.target.closest("rect[data-pick]");
    const row = event.target.closest('[role="treeitem"]');
    if (!(bar ? onBar(bar, event.key) : row && onRow(row, event.key))) return;
    event.preventDefault();
    event.stopPropagation();
  };
  el.addEventListener("click", clicked);
  el.addEventListener("keydown", pressed);
  model.on("change:value", draw);
  draw();
  return () => model.off("change:value", draw);
}
export default { render };
