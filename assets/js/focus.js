// A part of a page that is drawn anew takes the focus with it when it goes, and how far it was scrolled; what stands in
// its place gets both back, and in a list the entry that one is at. A button that cannot be used while it is obeyed gets
// the focus back when it can be again; one that stays so, or goes into hiding, gives it to the one beside it. A dialog
// opens in its first field, takes Enter for its answer, and gives the focus back to what opened it.
(function () {
  const OBEYED = ["requested", "acknowledged"];
  let held = null; // what had the focus last, and how to know its successor
  let opener = null; // what had it before the dialog that it is in now

  const said = (element) => element.id || element.getAttribute("href") || element.getAttribute("aria-label") || element.textContent;

  function hold(element) {
    const around = element.parentElement?.closest("[id]"), isAsking = Boolean(element.closest(".modal"));
    if (isAsking && held && !held.isAsking) { opener = held; }
    held = around ? { element, around: around.id, tag: element.tagName, said: said(element), isAsking } : null;
  }

  const isAsked = () => document.querySelector(".modal.show") !== null;
  const isUsable = (element) => !element.disabled && element.checkVisibility();

  function beside(element) {
    const all = [...element.parentElement.children], at = all.indexOf(element);
    const usable = [...all.slice(0, at).reverse(), ...all.slice(at + 1)].filter(isUsable);
    return usable.find((each) => each.tagName === element.tagName) || usable.find((each) => each.matches("a[href], button"));
  }

  function successor({ element, around, tag, said: words, isAsking }) {
    if (!element.isConnected) {
      const there = [...(document.getElementById(around)?.getElementsByTagName(tag) || [])];
      const next = there.find((each) => said(each) === words) || there.find((each) => each.ariaCurrent === "true");
      return next ? successor({ element: next }) : (isAsking && !isAsked() && opener ? successor(opener) : null);
    }
    if (isUsable(element)) { return element; }
    const { phase } = element.dataset, isSeen = element.checkVisibility();
    if (isSeen && OBEYED.includes(phase)) { return null; }
    const isOver = (!isSeen || phase === "done") && element.closest("#page");
    return beside(element) || (isOver ? document.querySelector("#page h1") : null);
  }

  function mend() {
    const now = document.activeElement;
    if (held && (now === document.body || now?.disabled) && (held.isAsking || !isAsked())) { successor(held)?.focus({ preventScroll: true }); }
  }

  document.addEventListener("focusin", ({ target, relatedTarget }) => {
    hold(target);
    if (target.matches(".modal") && !target.contains(relatedTarget)) {
      [...target.querySelectorAll("input:not([type=checkbox]), select, textarea")].find(isUsable)?.focus();
    }
  });
  // Enter in a choice of a dialog is the dialog's answer, as it is in a field of text.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".modal.show .dialog-form select")) { return; }
    event.preventDefault();
    event.target.closest(".modal").querySelector(".modal-footer .button.main")?.click();
  });
  // A focus that was taken away by hand stays away; one that went with its element does not.
  document.addEventListener("focusout", () => setTimeout(() => {
    if (held?.element.isConnected && isUsable(held.element) && document.activeElement === document.body) { held = null; }
  }));

  const scrolled = new Map(); // what was scrolled, and how to know its successor
  document.addEventListener("scroll", ({ target }) => {
    const around = target instanceof Element && target.className && target.closest("#page") && target.parentElement.closest("[id]");
    if (!around || target.closest(".jobs-grid")) { return; } // the grid keeps its own place
    const number = [...around.getElementsByClassName(target.className)].indexOf(target);
    const { className: name, scrollLeft: left, scrollTop: top } = target;
    scrolled.set(target, { around: around.id, name, number, left, top, page: location.pathname });
  }, true);

  function unroll() {
    for (const [element, was] of scrolled) {
      if (element.isConnected) { continue; }
      scrolled.delete(element);
      const next = was.page === location.pathname && document.getElementById(was.around)?.getElementsByClassName(was.name)[was.number];
      if (next) { Object.assign(next, { scrollLeft: was.left, scrollTop: was.top }); }
    }
  }

  new MutationObserver(() => { unroll(); mend(); }).observe(document, {
    subtree: true, childList: true, attributeFilter: ["disabled", "hidden", "data-phase"],
  });
})();
