let count = 0;
function render({ model, el }) {
  const id = `kd-secret-${Date.now()}-${++count}`;
  const form = document.createElement("form");
  form.className = "kd-secret";
  const label = document.createElement("label");
  label.htmlFor = id;
  const input = document.createElement("input");
  Object.assign(input, { id, type: "password", autocomplete: "off", spellcheck: false });
  const button = document.createElement("button");
  button.type = "submit";
  form.append(label, input, button);
  el.append(form);
  const follow = () => {
    label.textContent = model.get("label");
    button.textContent = model.get("busy") ? "Checking …" : model.get("button");
    button.disabled = model.get("busy");
  };
  follow();
  model.on("change", follow);
  // Not left to the browser: JupyterLab may take Enter for its cells before that.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (model.get("busy")) return;
    const secret = input.value;
    input.value = "";
    model.send({ secret });
  });
  return () => { input.value = ""; };
}
export default { render };
