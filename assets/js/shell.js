// The shell's own clientside functions: routing, the address, titles, toasts.
(function () {
  const nothing = () => window.dash_clientside.no_update;
  const board = window.nightboard;
  const LANDING = 2000; // ms
  // The address and the title of the page that stands; those of the first one come with the shell.
  let pageAddress = null, pageTitle = null, awaited = null;
  const first = () => document.getElementById("shell")?.dataset || {};
  const standsAt = () => pageAddress ?? first().drawn;

  // The tab's title and icon tell how many jobs run, and how many failed within a day.
  board.retitle = function (counts) {
    if (counts) { board.counts = counts; }
    const { running = 0, failed = 0 } = board.counts || {};
    const told = [running && `${running} running`, failed && `${failed} failed`].filter(Boolean).join(", ");
    document.title = [told, pageTitle ?? first().title, "Nightboard"].filter(Boolean).join(" · ");
    board.drawIcon(running, failed);
  };

  // The focus goes to the head of the new page; its title may be known a moment before its parts are drawn, and the
  // head of the page before goes away with the focus on it. Whoever acts meanwhile keeps the focus.
  let actedAt = 0;
  for (const act of ["keydown", "pointerdown"]) { document.addEventListener(act, () => { actedAt = Date.now(); }, true); }
  function land(began, isFirst = true) {
    if (actedAt > began || Date.now() - began > LANDING) { return; }
    if (isFirst || document.activeElement === document.body) { document.querySelector("#page h1")?.focus({ preventScroll: true }); }
    setTimeout(() => land(began, false), 50);
  }

  // A page that was asked for while nobody answered is asked for again.
  board.comeBack = function () {
    if (awaited) { window.dash_clientside.set_props("route", { data: { ...awaited } }); }
  };

  board.say = function (kind, sentence) {
    const tones = { good: ["done", "circle-check"], bad: ["bad", "triangle-alert"], info: ["wait", "info"] };
    const [tone, icon] = tones[kind] || tones.info;
    const line = document.createElement("div");
    line.className = `toast-line tone-${tone}`;
    const mark = document.createElement("span");
    mark.className = `icon icon-${icon}`;
    const words = document.createElement("span");
    words.textContent = sentence;
    line.append(mark, words);
    document.getElementById("toasts")?.append(line);
    setTimeout(() => line.remove(), kind === "bad" ? 12000 : 6000);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("#theme-toggle")) { board.toggleTheme(); }
    // A link that a script has drawn goes as the house's own links do.
    const link = event.target.closest("a[data-go]");
    if (link && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) { event.preventDefault(); board.go(link.getAttribute("href")); }
  });

  // A form is asked through its button, as a click would; nothing of it goes to an address.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".in-form")) { return; }
    event.preventDefault();
    event.target.querySelector("button:not([disabled])")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches(".in-form input")) { event.preventDefault(); event.target.form.requestSubmit(); }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      // A page is drawn anew when the address changes, but not when the page wrote the address itself.
      route(pathname, search) {
        if (!pathname || standsAt() === pathname + (search || "")) { return nothing(); }
        pageAddress = pathname + (search || "");
        awaited = { path: pathname, search: search || "" };
        if (!board.isAway()) { return awaited; }
        board.say("bad", "Nightboard does not answer; this page opens as soon as it does.");
        board.look(); // which asks for the page as soon as somebody answers
        return nothing();
      },
      // A page's own query goes to the address bar without a new drawing; of a page that was left, nowhere.
      write(state) {
        if (!state || awaited || location.pathname !== state.path) { return nothing(); }
        const kept = Object.entries(state.query).filter(([, value]) => value !== null && value !== undefined && value !== "");
        const text = new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
        const search = text ? "?" + text : "";
        history.replaceState(history.state, "", location.pathname + search + location.hash);
        pageAddress = location.pathname + search;
        return search;
      },
      go(to) {
        if (!to) { return [nothing(), nothing()]; }
        const there = new URL(to, location.href);
        return [there.pathname, there.search];
      },
      arrived(title) {
        if (!title) { return; }
        const isFirst = pageTitle === null && !first().drawn;
        awaited = null;
        pageTitle = title;
        board.retitle();
        if (!isFirst) {
          window.scrollTo(0, 0);
          land(Date.now());
        }
      },
      toast(message) {
        if (message) {
          board.say(message.kind, message.sentence);
          board.look?.();
        }
      },
    },
  });
})();
