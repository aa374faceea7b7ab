// A part of a page that is drawn anew takes the focus with it when it goes, and how far it was scrolled; what stands in
// its place gets both back. A button that cannot be used while it is obeyed gets the focus back when it can be again, and
// one that goes into hiding gives it to the one beside it.
(function () {
  let held = null; // what had the focus last, and how to know its successor

  const said = (element) => element.id || element.getAttribute("href") || element.getAttribute("aria-label") || element.textContent;

  function hold(element) {
    const around = element.parentElement?.closest("[id]");
    held = around ? { element, around: around.id, tag: element.tagName, said: said(element) } : null;
  }

  const isUsable = (element) => !element.disabled && element.checkVisibility();

  function successor({ element, around, tag, said: words }) {
    if (!element.isConnected) {
      return [...(document.getElementById(around)?.getElementsByTagName(tag) || [])].find((each) => said(each) === words);
    }
    if (element.checkVisibility()) { return isUsable(element) ? element : null; }
    const beside = [...element.parentElement.children], at = beside.indexOf(element);
    return [...beside.slice(0, at).reverse(), ...beside.slice(at + 1)].find((each) => each.tagName === tag && isUsable(each));
  }

  function mend() {
    if (held && document.activeElement === document.body) { successor(held)?.focus({ preventScroll: true }); }
  }

  document.addEventListener("focusin", (event) => hold(event.target));
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
    subtree: true, childList: true, attributeFilter: ["disabled", "hidden"],
  });
})();
