function render({ model, el }) {
  let panel = null;
  let left = 600; // frames to wait until the page shows the panel
  const attach = () => {
    panel = el.closest(".kd-panel");
    if (panel) {
      panel.setAttribute("role", "group");
      panel.setAttribute("aria-label", model.get("title"));
    } else if (--left) {
      requestAnimationFrame(attach);
    }
  };
  attach();
  // JupyterLab takes Enter, the arrows and letters for its cells unless a text field has the focus:
  // buttons and lists would not get them. Ctrl+S and the like stay JupyterLab's.
  // It looks for the attribute on the element with the focus before it looks further out.
  const keys = (event) => {
    if (panel?.contains(event.target)) {
      event.target.toggleAttribute(
        "data-lm-suppress-shortcuts",
        !(event.ctrlKey || event.metaKey || event.altKey),
      );
    }
  };
  window.addEventListener("keydown", keys, true);
  return () => window.removeEventListener("keydown", keys, true);
}
export default { render };
