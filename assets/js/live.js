// Live by ETag: asks GET /api/changes whether anything changed, and hands what did to the pages through the store "live".
(function () {
  const board = window.nightboard;
  const QUICK = 1000, USUAL = 2000, HIDDEN = 10000, PATIENCE = 8000, SOON = 200, MOST_WAITS = 15, TYPING = 1500, MARKING = 60000;
  let rev = null, etag = null, running = 0, misses = 0, waits = 0, timer = null, looking = false, isAway = false;

  const pause = () => (document.hidden ? HIDDEN : misses ? Math.min(USUAL * 2 ** (misses - 1), HIDDEN) : running ? QUICK : USUAL);
  const now = () => board.clock(new Date(), true);

  function show(reached) {
    const line = document.getElementById("connection");
    if (!line) { return; }
    const words = line.querySelector(".words");
    if (reached) {
      line.classList.remove("away");
      words.textContent = "Live";
      board.lastSeen = now();
    } else if (misses >= 2) {
      line.className = "away";
      words.textContent = `Nightboard does not answer. This is what was known at ${board.lastSeen || now()}; it tries again by itself.`;
    }
  }

  // Nothing on the page changes while somebody types, holds the pointer down or marks words on it.
  let typedAt = 0, isDown = false, marksSince = 0;
  document.addEventListener("input", () => { typedAt = Date.now(); }, true);
  document.addEventListener("pointerdown", () => { isDown = true; }, true);
  for (const end of ["pointerup", "pointercancel", "blur"]) { window.addEventListener(end, () => { isDown = false; }, true); }
  document.addEventListener("selectionchange", () => {
    const marked = document.getSelection();
    marksSince = marked && !marked.isCollapsed && document.getElementById("page")?.contains(marked.anchorNode) ? marksSince || Date.now() : 0;
  });
  function isHeld() {
    const held = Date.now() - typedAt < TYPING || isDown || (marksSince && Date.now() - marksSince < MARKING);
    document.getElementById("connection")?.classList.toggle("held", Boolean(held));
    return held;
  }

  // Dash drops what a callback answers once the same one is asked again, even for an answer of no update: so a change
  // waits until the one before is through, though not for ever.
  const STEPS = ["requested", "prioritized", "blocked", "executing", "watched", "executed"];
  function isUnderWay() {
    const callbacks = window.dash_stores?.[0]?.getState().callbacks;
    waits = callbacks && waits < MOST_WAITS && STEPS.some((step) => callbacks[step]?.length) ? waits + 1 : 0;
    return waits > 0;
  }

  async function look() {
    const headers = etag ? { "If-None-Match": etag } : {};
    const stop = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(`/api/changes?since=${rev}`, { headers, signal: stop, cache: "no-store" });
    if (answer.status === 401) { location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search)); return; }
    if (answer.status !== 304 && !answer.ok) { throw new Error(`status ${answer.status}`); }
    if (answer.status === 200) {
      const changes = await answer.json();
      running = changes.running || 0;
      board.retitle({ running, failed: changes.failed || 0 });
      if (isHeld()) { waits = 0; return; }
      if (isUnderWay()) { return; }  // neither rev nor ETag moves on, so the next look brings all of it
      etag = answer.headers.get("ETag");
      if (changes.rev !== rev) {
        rev = changes.rev;
        window.dash_clientside.set_props("live", { data: changes });
      }
    }
  }

  async function turn() {
    if (looking) { return; }
    clearTimeout(timer);
    looking = true;
    const shell = document.getElementById("shell");
    const isFresh = shell && rev === null; // what came with the page is left alone until its rows are there
    if (isFresh) {
      rev = Number(shell.dataset.rev || 0);
      board.agreeOnTheme(shell.dataset.theme);
    } else if (shell && window.dash_clientside?.set_props) {
      try {
        await look();
        if (isAway) { board.comeBack(); }
        misses = 0;
        isAway = false;
        show(true);
      } catch {
        misses += 1;
        isAway = true;
        show(false);
      }
    }
    looking = false;
    timer = setTimeout(turn, shell ? (isFresh ? QUICK : waits ? SOON : pause()) : 100);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    live: {
      // A look by the clock, at what changes without a rev; left out while the page is held or out of sight.
      look: (times) => (document.hidden || isAway || isHeld() ? window.dash_clientside.no_update : times),
    },
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) { turn(); } });
  window.addEventListener("online", turn);
  board.seen = () => rev ?? Number(document.getElementById("shell")?.dataset.rev || 0);
  window.addEventListener("offline", () => { isAway = true; });
  board.isAway = () => isAway;
  board.look = turn;  // what was just asked shows at once
  turn();
})();
