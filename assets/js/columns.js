// Which columns the Jobs grid shows: chosen in a chip, kept in this browser.
(function () {
  const YEAR = 31536000; // s
  const board = window.nightboard;

  // A cookie, which a browser has at hand before the first row, as it has not its other stores (see theme.js).
  function read() {
    const kept = document.cookie.match(/(?:^|; )jobs-columns=([^;]*)/)?.[1];
    try { return JSON.parse(decodeURIComponent(kept)); } catch { return {}; }
  }
  function keep(chosen) {
    document.cookie = `jobs-columns=${encodeURIComponent(JSON.stringify(chosen))}; path=/jobs; max-age=${YEAR}; samesite=lax`;
  }
  const choosable = (grid) => grid.getColumns().filter((column) => column.getColDef().context && column.getColId() !== "name");

  // Whether a column shows in so much room (px): what was chosen decides, and else whether there is room for it.
  board.columnsFor = function (room) {
    const kept = read();
    return ({ field, context }) => field === "name" || (kept[field] ?? context.from <= room);
  };

  board.drawColumns = function (grid, fit) {
    const place = document.getElementById("jobs-columns");
    if (!place || place.childElementCount) { return; }
    const boxes = choosable(grid).map((column) => {
      const label = document.createElement("label"), box = document.createElement("input");
      box.type = "checkbox";
      box.checked = column.isVisible();
      box.dataset.column = column.getColId();
      label.append(box, column.getColDef().headerName);
      return label;
    });
    const usual = document.createElement("button");
    usual.type = "button";
    usual.className = "button plain small";
    usual.textContent = "As usual";
    place.append(...boxes, usual);
    place.addEventListener("change", (event) => {
      keep({ ...read(), [event.target.dataset.column]: event.target.checked });
      fit(grid);
    });
    usual.addEventListener("click", () => { keep({}); fit(grid); });
  };

  board.markColumns = function (grid) {
    for (const box of document.querySelectorAll("#jobs-columns input")) { box.checked = grid.getColumn(box.dataset.column)?.isVisible() || false; }
  };
})();
