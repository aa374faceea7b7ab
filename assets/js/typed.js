// Tells a box's page that something was typed, when the typing pauses or Enter is pressed; of a page that was left
// meanwhile, nothing (dashboard/components/search_field.py).
(function () {
  const PAUSE = 300; // ms
  const waiting = new WeakMap(); // box: timer

  function tell(box) {
    clearTimeout(waiting.get(box));
    waiting.delete(box);
    if (box.isConnected) { window.dash_clientside.set_props(`${box.id}-typed`, { data: Date.now() }); }
  }

  const typedIn = ({ target }) => (target.classList?.contains("typed") ? target : null);

  document.addEventListener("input", (event) => {
    const box = typedIn(event);
    if (!box) { return; }
    clearTimeout(waiting.get(box));
    waiting.set(box, setTimeout(tell, PAUSE, box));
  });
  document.addEventListener("keydown", (event) => {
    const box = typedIn(event);
    if (box && event.key === "Enter" && waiting.has(box)) { tell(box); }
  });
})();
