// The tiles of the board of nights, from plain rows (dashboard/components/night_board.py): thousands of them, of which
// the server writes each look once. Names come escaped.
(function () {
  const NOT_YET = '<span class="night-none"><span class="visually-hidden">before its first night</span></span>';
  const missing = (name) =>
    `<span class="night-missing" title="no captures"><span class="visually-hidden">${name}: no captures</span><span aria-hidden="true">none</span></span>`;
  const tile = (name, event, [states, told, face]) =>
    `<a data-go="" href="/night/${event}" class="${states}" title="${told}"><span class="visually-hidden">${name}: ${told}</span><span class="face" aria-hidden="true">${face}</span></a>`;

  // Fills the body of a table; `data-row` and `data-column` are for nights.js, which selects a rectangle of them.
  window.nightboard.tiles = (body) => {
    const { nights, looks, stations } = JSON.parse(body.dataset.tiles);
    const rows = stations.map(([head, station, began, events, numbers], row) => {
      const cells = nights.map((night, column) => {
        const [place, name, event] = [`data-row="${row}" data-column="${column}"`, `${station}, night of ${night}`, events[column]];
        if (event) { return `<td ${place} data-event="${event}">${tile(name, event, looks[numbers[column]])}</td>`; }
        return `<td ${place}>${column < began ? NOT_YET : missing(name)}</td>`;
      });
      return `<tr><th scope="row">${head}</th>${cells.join("")}</tr>`;
    });
    body.removeAttribute("data-tiles");
    body.innerHTML = rows.join("");
  };
})();
