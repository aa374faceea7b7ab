// Dash draws the choices of a list as options of a list box, around boxes to tick that say all there is to say by
// themselves. Two things to operate within each other confuse a reader of the screen, so the outer roles are taken off.
(function () {
  const LINES = 'label.dash-options-list-option[role="option"], label.dash-options-list-option[aria-selected]';

  function mend(root) {
    const lines = root.matches?.(LINES) ? [root] : [...(root.querySelectorAll?.(LINES) || [])];
    for (const line of lines) {
      line.removeAttribute("role");
      line.removeAttribute("aria-selected");
      const list = line.closest('[role="listbox"]');
      if (list) { list.setAttribute("role", "group"); list.removeAttribute("aria-multiselectable"); }
    }
  }

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") { mend(change.target); } else { change.addedNodes.forEach(mend); }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-selected"] });
})();
