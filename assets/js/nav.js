// Rows that are wider than the screen: the entry of where one is comes into view when one arrives, and an edge behind
// which there is more fades. Only the row moves, never the page.
(function () {
  const ROWS = ".navigation, .tabs, .views, .segments, .scroll-x, .report-drawing";
  const shown = new WeakMap(); // row: the entry that it was scrolled to; whoever scrolls on by hand stays there
  let isAsked = false;

  function arrive(row) {
    const here = row.querySelector(":scope > .here, :scope > :has(> input:checked)");
    const name = here && (here.getAttribute("href") || here.textContent);
    if (!here || shown.get(row) === name) { return; }
    shown.set(row, name);
    const [around, at] = [row.getBoundingClientRect(), here.getBoundingClientRect()];
    row.scrollLeft += (at.left + at.right - around.left - around.right) / 2;
  }

  function fade(row) {
    const hidden = row.scrollWidth - row.clientWidth;
    const isReversed = hidden > 1 && getComputedStyle(row).flexDirection === "row-reverse"; // it counts from its right end
    const left = isReversed ? hidden + row.scrollLeft : row.scrollLeft;
    const more = [left > 1 && "left", hidden - left > 1 && "right"].filter(Boolean).join(" ");
    if ((row.dataset.more || "") === more) { return; }
    if (more) { row.dataset.more = more; } else { delete row.dataset.more; }
  }

  function look() {
    isAsked = false;
    for (const row of document.querySelectorAll(ROWS)) {
      if (row.scrollWidth - row.clientWidth > 1) { arrive(row); }
      fade(row);
    }
  }

  function ask() {
    if (!isAsked) { isAsked = true; requestAnimationFrame(look); }
  }

  new MutationObserver(ask).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  document.addEventListener("scroll", ({ target }) => { if (target instanceof Element && target.matches(ROWS)) { fade(target); } }, true);
  for (const event of ["load", "redrawn", "toggle", "change"]) { document.addEventListener(event, ask, true); }
  addEventListener("resize", ask);
  document.fonts?.ready.then(ask);
})();
