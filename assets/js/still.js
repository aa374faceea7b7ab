// Parts of a page that come as HTML (dashboard/components/still.py): put in their place, and later changed only where
// they differ, so that the focus, the pointer and the pictures stay. A row with a key stays the same row.
(function () {
  const CAME = "data-markup";

  function place(part) {
    const next = document.createElement("div");
    next.innerHTML = part.getAttribute(CAME);
    part.removeAttribute(CAME);
    next.querySelectorAll("tbody[data-tiles]").forEach(window.nightboard.tiles);
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    window.morphdom(part, next, { childrenOnly: true, getNodeKey: (node) => node.id || node.dataset?.key });
    if (focused) {
      const links = [...part.querySelectorAll("a")]; // where a column came in between, the link went one on
      links.find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
    }
    part.dispatchEvent(new CustomEvent("redrawn", { bubbles: true }));
  }

  function look(root) {
    if (root.nodeType !== Node.ELEMENT_NODE) { return; }
    if (root.hasAttribute(CAME)) { place(root); return; }
    root.querySelectorAll(`[${CAME}]`).forEach(place);
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-asks]");
    if (button) { window.dash_clientside.set_props(button.dataset.asks, { data: { ...JSON.parse(button.dataset.what), at: Date.now() } }); }
  });

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") { change.addedNodes.forEach(look); } else if (change.target.hasAttribute(CAME)) { place(change.target); }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: [CAME] });
})();
