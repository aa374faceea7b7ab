// The Jobs grid: how its cells look, and how it stays live without losing scroll, selection or the pointer's row.
(function () {
  const GRID = "jobs-grid";
  const { number, clock, day, seldom } = window.nightboard;
  const BUFFER = 10, LATER = 300; // rows above and below those that one sees; ms after which they are drawn
  const CALM = 2000; // ms between two readings of the list or of counts that only a change elsewhere asks for
  const h = (type, props, ...children) => window.React.createElement(type, props, ...children);
  const icon = (name) => h("span", { className: `icon icon-${name}`, "aria-hidden": true });
  const bone = () => h("span", { className: "bone", "aria-label": "Loading" });
  const faint = (words) => h("span", { className: "faint" }, words);

  function words(ms) {
    if (ms === null || ms === undefined) { return "–"; }
    if (ms < 1000) { return `${Math.round(ms)} ms`; }
    if (ms < 59950) { return `${(ms / 1000).toFixed(1)} s`; }
    const seconds = Math.round(ms / 1000);
    const pairs = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];
    const [size, name, smaller, smallName] = pairs.find(([each]) => seconds >= each);
    const rest = Math.floor((seconds % size) / smaller);
    return `${Math.floor(seconds / size)} ${name}` + (rest ? ` ${rest} ${smallName}` : "");
  }

  // A clock that still runs goes on from the moment the row was read, by this browser's own time.
  function running(data, field) {
    const since = data.ticking === field ? Date.now() - (data.readAt ??= Date.now()) : 0;
    return data[field] === null ? null : data[field] + since;
  }

  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  cells.JobName = ({ data }) => data ? h("a", { href: `/jobs/${data.id}`, "data-go": "", className: "job-name", title: data.name }, data.name) : bone();
  cells.JobStatus = ({ data }) => data ? h("span", { className: `pill tone-${data.tone}`, title: data.cause || data.status_said }, icon(data.icon), h("span", { className: "word" }, data.status_word)) : null;
  cells.JobProgress = ({ data }) => {
    if (!data) { return null; }
    const share = (count) => ({ width: `${data.total ? (100 * count) / data.total : 0}%` });
    const ok = data.total ? share(data.processed) : { width: `${100 * data.progress}%` };
    const counts = data.total ? `${number(data.processed)}/${number(data.total)}` : `${Math.round(100 * data.progress)} %`;
    return h("div", { className: "progress-line" },
      h("span", { className: "track", role: "img", "aria-label": `${counts} done, ${data.failed} failed` },
        h("span", { className: data.live ? "running" : "ok", style: ok }),
        h("span", { className: "failed", style: share(data.failed) })),
      h("span", { className: "counts" }, counts),
      data.failed ? h("span", { className: "failed-count", title: `${data.failed} failed` }, icon("circle-x"), number(data.failed)) : null);
  };
  cells.JobClock = ({ data, colDef }) => data ? h("span", { className: data.ticking === colDef.field ? "ticking" : "" }, words(running(data, colDef.field))) : null;
  cells.JobTime = ({ data, value }) => data && value ? h("time", { dateTime: value, title: `${value.slice(0, 19).replace("T", " ")} UTC` }, ago(value)) : null;
  cells.JobNumber = ({ data, value }) => data ? h("span", null, number(value)) : null;
  cells.JobTags = ({ data, value }) => data ? h("span", { className: "cut", title: (value || []).join(", ") || null }, ...(value?.length ? value.map((tag) => h("span", { className: "tag", key: tag }, tag)) : [faint("–")])) : null;
  cells.JobText = ({ data, value }) => data ? h("span", { className: "two-lines", title: value || null }, value || faint("–")) : null;

  function ago(iso) {
    const then = new Date(iso), seconds = (Date.now() - then) / 1000;
    if (seconds < 60) { return "just now"; }
    if (seconds < 3600) { return `${Math.floor(seconds / 60)} min ago`; }
    const isToday = then.toDateString() === new Date().toDateString();
    return isToday ? `today ${clock(then)}` : `${day(then, seconds > 3e7)}, ${clock(then)}`;
  }

  function api() {
    try { return window.dash_ag_grid?.getApi(GRID); } catch { return null; }
  }
  function loaded(grid) {
    const nodes = new Map();
    grid.forEachNode((node) => { if (node.data) { nodes.set(node.data.id, node); } });
    return nodes;
  }
  // Rows may move where nobody points at one, has selected one or has scrolled on to one.
  const isCalm = (grid) => grid.getFirstDisplayedRowIndex() <= 0 && !grid.getSelectedNodes().length && !document.querySelector(".jobs-grid .ag-row:hover");

  setInterval(() => {
    const grid = api();
    const rowNodes = grid ? grid.getRenderedNodes().filter((node) => node.data?.ticking) : [];
    if (rowNodes.length) { grid.refreshCells({ rowNodes, columns: ["queue_ms", "elapsed_ms"], force: true }); }
  }, 1000);

  // A phone has room for what matters: the name, how it stands and how far it is.
  function fitting(columns, room) {
    const narrow = room < 560;
    const usual = { name: narrow ? 118 : Math.min(340, Math.max(180, room * 0.18)), status: narrow ? 66 : 118 };
    return window.nightboard.columnsFor(columns, room, usual);
  }
  function fit(grid) {
    const columns = grid.getColumns().map((column) => column.getColDef()).filter((column) => column.context);
    const found = fitting(columns, document.getElementById(GRID)?.clientWidth || 1200);
    grid.applyColumnState({ state: found.map((each, at) => ({ colId: columns[at].field, ...each })) });
    window.nightboard.markColumns(grid);
  }
  document.addEventListener("toggle", ({ target }) => {
    if (target.id === "jobs-columns-said-chip" && target.open && api()) { window.nightboard.drawColumns(api(), fit); }
  }, true);

  // The library's grid, of which three things are otherwise. It begins with the columns for which there is room; the
  // first block of rows comes with the page, and is as good as an answer while nothing has changed since; and Dash is
  // told only what a callback hears, as it draws the grid anew for each word. That an answer was read it is told a
  // moment later: after an empty list the component keeps the rows for so long, and would forget them.
  const HEARD = ["getRowsRequest", "selectedRows"];
  function isGood({ rowData, rev, text }) {
    return rowData.length && rev >= window.nightboard.seen() && document.getElementById("jobs-text")?.value === text;
  }
  window.nightboard.JobsGrid = function (props) {
    const { useRef, useState, useLayoutEffect } = window.React;
    const [columnDefs, setColumns] = useState(null);
    const place = useRef(), setProps = useRef(), hasAsked = useRef(false);
    setProps.current = props.setProps;
    const tell = useRef((told) => {
      const request = told.getRowsRequest, first = request && !hasAsked.current && request.context.first;
      hasAsked.current ||= Boolean(request);
      if (first && isGood(first)) {
        request.successCallback(first.rowData, first.rowCount ?? undefined);
      } else if ("getRowsResponse" in told) {
        setTimeout(() => setProps.current(told));
      } else if (HEARD.some((name) => name in told)) {
        setProps.current(told);
      }
    });
    useLayoutEffect(() => {
      const found = fitting(props.columnDefs, place.current.clientWidth);
      setColumns(found.map(({ hide, width, flex }, at) => ({ ...props.columnDefs[at], initialHide: hide, initialWidth: width, initialFlex: flex })));
    }, []);
    if (!columnDefs) { return h("div", { ref: place, style: props.style }); }
    return h(window.dash_ag_grid.AgGrid, { ...props, columnDefs, setProps: tell.current });
  };

  // What draws a grid is a part of the library that React waits for when it first meets it, and then draws the whole
  // page twice. It meets it here, before the page has come.
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.webpackChunkdash_ag_grid?.length) { return; }
    const root = window.ReactDOM.createRoot(document.createElement("div"));
    window.ReactDOM.flushSync(() => root.render(h(window.dash_ag_grid.AgGrid)));
    root.unmount();
  });

  const tint = (every) => document.getElementById("jobs-place")?.classList.toggle("every", every);

  // j and k go through the list, x selects, Enter opens: the grid's own focus, so that its keys work on from there.
  function go(step) {
    const grid = api();
    if (!grid || !grid.getDisplayedRowCount()) { return false; }
    const now = grid.getFocusedCell()?.rowIndex ?? (step > 0 ? -1 : 0);
    const next = Math.max(0, Math.min(now + step, grid.getDisplayedRowCount() - 1));
    grid.ensureIndexVisible(next);
    grid.setFocusedCell(next, "name");
    return true;
  }
  function here() {
    const grid = api(), cell = grid?.getFocusedCell();
    return cell ? grid.getDisplayedRowAtIndex(cell.rowIndex) : null;
  }
  const isList = () => Boolean(document.getElementById(GRID));
  window.nightboard.key("j", "Next job in the list", () => isList() && go(1), "On the list of jobs");
  window.nightboard.key("k", "Job before it", () => isList() && go(-1), "On the list of jobs");
  window.nightboard.key("x", "Select the job, or leave it out again", () => { const node = here(); node?.setSelected(!node.isSelected()); return Boolean(node); }, "On the list of jobs");
  window.nightboard.listKey("Enter", "Open the job", "On the list of jobs");
  document.addEventListener("keydown", (event) => {
    const link = event.key === "Enter" && event.target.closest?.('.ag-cell[col-id="name"]')?.querySelector("a");
    if (link) { event.preventDefault(); link.click(); }
  });

  const none = () => window.dash_clientside.no_update;
  // A chip's panel closes when the pointer or Escape goes elsewhere.
  const close = (kept) => document.querySelectorAll(".choice[open]").forEach((chip) => chip === kept || (chip.open = false));
  document.addEventListener("pointerdown", (event) => close(event.target.closest(".choice")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(".choice[open]");
    if (open) { close(null); open.querySelector("summary").focus(); }
  });

  const filtered = new WeakMap(); // the filter that each grid was read with
  let newest = 0;
  const MOVING = /\b(status|queue|elapsed|started|finished|priority|tag|failed|captures)[:<>=]/; // what changes as jobs go on

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    jobs: {
      // A block of rows, and the place of the row before it where the grid holds one.
      due(request) {
        if (!request) { return none(); }
        const { startRow, endRow, sortModel } = request;
        const before = startRow ? api()?.getDisplayedRowAtIndex(startRow - 1)?.data : null;
        return { startRow, endRow, sortModel, after: before?.place ?? null };
      },
      // Another filter: the list is read anew from its top. Another order reads itself.
      refilter(text) {
        const grid = api(), asked = (text || "").trim();
        if (grid && asked !== filtered.get(grid)) {
          grid.deselectAll();
          grid.purgeInfiniteCache();
        }
        if (grid) { filtered.set(grid, asked); }
        return none();
      },
      misread(wrong) {
        window.nightboard.misread(wrong);
      },
      // The counts of the views: not more often than one can read them.
      recount(live) {
        if (live) { seldom("count", CALM, () => document.getElementById("jobs-views") && window.dash_clientside.set_props("jobs-views-due", { data: Date.now() })); }
        return none();
      },
      goes_on(live, look) {
        return live && look?.includes("under-way") ? live.rev : none();
      },
      // Of what changed, the jobs whose rows this page holds; a job that is not among them may belong into the list.
      stale(live, where) {
        const grid = api();
        if (!live || !grid) { return [none(), none()]; }
        const held = loaded(grid), byStatus = MOVING.test(where || "");
        newest = Math.max(newest, ...held.keys());
        const asked = live.more ? [...held.keys()] : live.jobs.filter((id) => held.has(id));
        const news = live.jobs.filter((id) => id > newest);
        newest = Math.max(newest, ...news);
        const gone = live.gone.some(([table, row]) => table === "job" && held.has(Number(row)));
        const moved = byStatus && live.jobs.some((id) => !held.has(id));
        if (moved && !news.length && !gone) { seldom("read", CALM, () => api() === grid && isCalm(grid) && grid.refreshInfiniteCache()); }
        if (!(news.length || gone)) { return [asked.length ? asked : none(), none()]; }
        if (isCalm(grid)) { grid.refreshInfiniteCache(); return [none(), ""]; }
        const said = news.length ? `${news.length} new ${news.length === 1 ? "job" : "jobs"} · Show` : "The list has changed · Show";
        return [asked.length ? asked : none(), said];
      },
      patch(rows) {
        const grid = api();
        if (!grid || !rows) { return none(); }
        const held = loaded(grid);
        for (const row of rows) {
          const node = held.get(row.id);
          node?.setData({ ...row, readAt: Date.now(), place: node.data.place });
        }
        return Date.now();
      },
      reread(clicks) {
        const grid = api();
        if (clicks && grid) { grid.refreshInfiniteCache(); grid.getDisplayedRowCount() && grid.ensureIndexVisible(0); }
        return clicks ? "" : none();
      },
      // What the buttons need to know of the selection, or that all that match are meant; the same is not sent again.
      selection(_selected, _patched, _all, _nothing, _where, wrong, before, every) {
        const grid = api(), by = window.dash_clientside.callback_context.triggered_id;
        if (by === "jobs-all") { grid?.deselectAll(); tint(true); return [[], true]; }
        if (by === "jobs-deselect") { grid?.deselectAll(); tint(false); return [[], false]; }
        const nodes = grid ? grid.getSelectedNodes().filter((node) => node.data) : [];
        const chosen = nodes.map(({ data }) => ({ id: data.id, name: data.name, status: data.status, can: data.can }));
        const still = every && !chosen.length && by !== "jobs-where" && !wrong;
        tint(still);
        return [JSON.stringify(chosen) === JSON.stringify(before || []) ? none() : chosen, still === every ? none() : still];
      },
      // The rev of a change that touched a job of which something was asked.
      concerns(live, asked) {
        const touched = live && asked && (live.more || live.jobs.some((id) => asked.jobs.includes(id)));
        return touched ? live.rev : none();
      },
    },
  });

  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    goOnJobs: (params) => setTimeout(() => params.api.isDestroyed() || params.api.setGridOption("rowBuffer", BUFFER), LATER),
    fitJobs: (params) => fit(params.api),
    keepWidth: ({ finished, source, column }) => {
      if (finished && column && ["uiColumnResized", "autosizeColumns"].includes(source)) { window.nightboard.keepWidth(column); }
    },
  });
})();
