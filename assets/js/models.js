// A lab's own model: the files that are chosen on Settings go to the server, which tries them and says what is wrong.
(function () {
  async function send(files) {
    const button = document.getElementById("model-choose");
    const body = new FormData();
    for (const file of files) { body.append("file", file, file.name); }
    button.disabled = true;
    window.nightboard.say("info", "The model is sent and tried.");
    try {
      const answer = await fetch("/settings/models", { method: "POST", body, credentials: "same-origin" });
      const told = await answer.json().catch(() => ({}));
      window.nightboard.say(told.said ? "good" : "bad", told.said || told.detail || `Nightboard answered ${answer.status}; try again.`);
      if (told.said) { window.dash_clientside.set_props("models-changed", { data: Date.now() }); }
    } catch {
      window.nightboard.say("bad", "The connection broke off; choose the files again.");
    }
    button.disabled = false;
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#model-choose")) { return; }
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.multiple = true;
    chooser.accept = ".onnx,.toml,.zip";
    chooser.addEventListener("change", () => { if (chooser.files.length) { send([...chooser.files]); } });
    chooser.click();
  });
})();
