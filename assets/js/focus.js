// A part of a page that is drawn anew takes the focus with it when it goes; what stands in its place gets it back.
(function () {
  let held = null; // what had the focus last, and how to know its successor

  const said = (element) => element.id || element.getAttribute("href") || element.getAttribute("aria-label") || element.textContent;

  function hold(element) {
    const around = element.parentElement?.closest("[id]");
    held = around ? { element, around: around.id, tag: element.tagName, said: said(element) } : null;
  }

  function mend() {
    if (!held || held.element.isConnected || document.activeElement !== document.body) { return; }
    const around = document.getElementById(held.around);
    const next = [...(around?.getElementsByTagName(held.tag) || [])].find((element) => said(element) === held.said);
    next?.focus({ preventScroll: true });
  }

  document.addEventListener("focusin", (event) => hold(event.target));
  // A focus that was taken away by hand stays away; one that went with its element does not.
  document.addEventListener("focusout", () => setTimeout(() => {
    if (held?.element.isConnected && document.activeElement === document.body) { held = null; }
  }));
  new MutationObserver(mend).observe(document, { subtree: true, childList: true });
})();
