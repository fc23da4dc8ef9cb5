// Shows HTML, and tells the kernel which of its parts, those with data-pick, was chosen.
function render({ model, el }) {
  const parts = () => [...el.querySelectorAll("[data-pick]")];
  const draw = () => {
    const focused = el.contains(document.activeElement) && document.activeElement.dataset.pick;
    el.innerHTML = model.get("value");
    if (focused) {
      const again = parts().find((part) => part.dataset.pick === focused) ?? parts()[0];
      again?.focus();
    }
  };
  const pick = (part) => model.send({ pick: part.dataset.pick });
  const clicked = (event) => {
    const part = event.target.closest("[data-pick]");
    if (part) pick(part);
  };
  // Bars are one stop of the Tab key: the arrows lead from one to the next.
  const pressed = (event) => {
    const bar = event.target.closest("rect[data-pick]");
    if (!bar) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const bars = parts();
      const next = bars[bars.indexOf(bar) + step];
      if (next) {
        bar.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      }
    } else if (event.key === "Enter" || event.key === " ") {
      pick(bar);
    } else {
      return;
    }
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
