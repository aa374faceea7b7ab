// Selecting nights on the board: a rectangle by dragging or shift-click, all of it by the keyboard, and on a touch screen
// by a long press, after which a tap selects as well.
(function () {
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const LONG = 450, STILL = 10; // ms of a press, and px that a finger may move in it
  let chosen = new Set(), base = new Set(), anchor = null, drag = null, dragged = false;
  let press = null, pressed = false, byTouch = false;

  const cellOf = (node) => node?.closest?.(".nights-scroll td[data-row]") || null;
  const cells = () => [...document.querySelectorAll(".nights-scroll td[data-row]")];
  const place = (cell) => [Number(cell.dataset.row), Number(cell.dataset.column)];
  const at = (row, column) => document.querySelector(`.nights-scroll td[data-row="${row}"][data-column="${column}"]`);

  function between(one, other) {
    const [[r1, c1], [r2, c2]] = [one, other];
    const [top, bottom, left, right] = [Math.min(r1, r2), Math.max(r1, r2), Math.min(c1, c2), Math.max(c1, c2)];
    return cells().filter((cell) => {
      const [row, column] = place(cell);
      return cell.dataset.event && row >= top && row <= bottom && column >= left && column <= right;
    }).map((cell) => cell.dataset.event);
  }

  function paint() {
    cells().forEach((cell) => {
      const is = chosen.has(cell.dataset.event);
      if (cell.classList.contains("chosen") === is) { return; }
      cell.classList.toggle("chosen", is);
      const link = cell.querySelector("a");
      if (is) { link?.setAttribute("aria-description", "selected"); } else { link?.removeAttribute("aria-description"); }
    });
  }

  function choose(events, tell = true) {
    chosen = new Set(events);
    paint();
    if (tell) { window.dash_clientside.set_props("nights-selected", { data: [...chosen].map(Number) }); }
  }

  function toggle(cell) {
    anchor = place(cell);
    const next = new Set(chosen);
    if (!next.delete(cell.dataset.event)) { next.add(cell.dataset.event); }
    choose(next);
  }

  document.addEventListener("pointerdown", (event) => {
    const cell = cellOf(event.target);
    letGo();
    byTouch = event.pointerType === "touch";
    pressed = false;
    if (!byTouch || !cell?.dataset.event) { return; }
    const begin = () => { pressed = true; toggle(cell); };
    press = { timer: setTimeout(begin, LONG), x: event.clientX, y: event.clientY };
  });
  function letGo() { clearTimeout(press?.timer); press = null; }
  document.addEventListener("pointermove", (event) => {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL) { letGo(); }
  });
  for (const end of ["pointerup", "pointercancel"]) { document.addEventListener(end, letGo); }
  const BOARD = "On the board of nights";
  window.nightboard.listKey("← → ↑ ↓", "To the night or the station beside", BOARD);
  window.nightboard.listKey("Space", "Select the night, or leave it out again", BOARD);
  window.nightboard.listKey("Shift+arrows", "Select all nights up to there", BOARD);
  document.addEventListener("keydown", () => { byTouch = false; }, true);
  document.addEventListener("contextmenu", (event) => { if (byTouch && cellOf(event.target)) { event.preventDefault(); } });

  document.addEventListener("pointerdown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.button !== 0 || event.pointerType !== "mouse" || event.shiftKey) { return; }
    drag = place(cell);
    dragged = false;
    base = event.ctrlKey || event.metaKey ? new Set(chosen) : new Set();
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) { return; }
    const cell = cellOf(document.elementFromPoint(event.clientX, event.clientY));
    if (!cell || (!dragged && String(place(cell)) === String(drag))) { return; }
    dragged = true;
    choose([...base, ...between(drag, place(cell))], false);
  });
  document.addEventListener("pointerup", () => {
    if (drag && dragged) {
      anchor = drag;
      choose(chosen);
      setTimeout(() => { dragged = false; }, 0); // after the click that ends a drag
    }
    drag = null;
  });
  document.addEventListener("dragstart", (event) => { if (cellOf(event.target)) { event.preventDefault(); } });

  document.addEventListener("click", (event) => {
    const cell = cellOf(event.target);
    const selects = byTouch && cell?.dataset.event && (pressed || chosen.size);
    if (!cell || !(event.shiftKey || dragged || selects)) { return; }
    event.preventDefault();
    event.stopPropagation();
    if (selects && !pressed) { toggle(cell); }
    if (event.shiftKey && !dragged) {
      anchor = anchor || place(cell);
      choose(between(anchor, place(cell)));
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    const cell = cellOf(document.activeElement);
    if (event.key === "Escape" && chosen.size && (cell || document.activeElement === document.body)) { choose([]); anchor = null; return; }
    if (!cell) { return; }
    const [row, column] = place(cell);
    if (event.key === " ") {
      event.preventDefault();
      toggle(cell);
    } else if (STEPS[event.key]) {
      const [down, right] = STEPS[event.key];
      let [r, c] = [row + down, column + right];
      while (at(r, c) && !at(r, c).querySelector("a")) { r += down; c += right; } // over nights without captures
      const next = at(r, c);
      if (!next) { return; }
      event.preventDefault();
      next.querySelector("a").focus();
      if (event.shiftKey) {
        anchor = anchor || [row, column];
        choose(between(anchor, [r, c]));
      } else {
        anchor = null;
      }
    }
  });

  // The board is drawn anew when something changes: what is selected stays so. Away from it, nothing is.
  document.addEventListener("redrawn", () => { if (chosen.size) { paint(); } });
  new MutationObserver(() => {
    if (chosen.size && !document.querySelector(".nights-scroll")) { chosen.clear(); anchor = null; }
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    nights: {
      // The pipeline that is chosen stays so when the bar is drawn anew.
      keep: (pipeline) => pipeline,
      // What the server cleared is cleared here too.
      follow(selected) {
        if (String((selected || []).map(String)) !== String([...chosen])) { chosen = new Set((selected || []).map(String)); paint(); }
        return window.dash_clientside.no_update;
      },
    },
  });
})();
