// Which columns the Jobs grid shows and how wide they are: chosen in a chip and by their edges, kept in this browser.
(function () {
  const SHOWN = "jobs-columns", WIDTHS = "jobs-widths";
  const board = window.nightboard;

  // Cookies, which a browser has at hand before the first row, as it has not its other stores (see theme.js).
  function read(name) {
    try { return JSON.parse(decodeURIComponent(board.cookie(name))); } catch { return {}; }
  }
  const keep = (name, chosen) => board.setCookie(name, encodeURIComponent(JSON.stringify(chosen)), "/jobs");
  const choosable = (grid) => grid.getColumns().filter((column) => column.getColDef().context && column.getColId() !== "name");

  // Of each column, given as the server defines it: whether it shows in so much room (px), and its width (px) or its
  // share of what is left. What was chosen decides, and else whether there is room. `usual` are widths that go by room.
  board.columnsFor = function (columns, room, usual) {
    const shown = read(SHOWN), widths = read(WIDTHS);
    return columns.map(({ field, context: { from, width, share } }) => ({
      hide: field !== "name" && !(shown[field] ?? from <= room),
      width: widths[field] ?? usual[field] ?? width,
      flex: (!widths[field] && share) || null,
    }));
  };
  board.keepWidth = (column) => keep(WIDTHS, { ...read(WIDTHS), [column.getColId()]: Math.round(column.getActualWidth()) });

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
      keep(SHOWN, { ...read(SHOWN), [event.target.dataset.column]: event.target.checked });
      fit(grid);
    });
    usual.addEventListener("click", () => {
      keep(SHOWN, {});
      keep(WIDTHS, {});
      fit(grid);
    });
  };

  board.markColumns = function (grid) {
    for (const box of document.querySelectorAll("#jobs-columns input")) { box.checked = grid.getColumn(box.dataset.column)?.isVisible() || false; }
  };
})();
