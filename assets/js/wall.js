// The wall goes from view to view by itself, passes over those with nothing to tell, and shows what time it is.
(function () {
  const CALM = 15000, TICK = 1000, scrolls = matchMedia("(max-width: 600px)");
  let since = Date.now(), held = false;

  const views = (wall) => [...wall.querySelectorAll(".wall-view")];
  const clock = () => new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" }).format(new Date());

  // What a view has in lines, and how many of them have room at once. Those of stations share the height and need a
  // least of it; those of jobs are as high as they are. A phone shows all, as it has a hand to scroll with.
  const linesOf = (view) => [...view.querySelectorAll(".wall-nights tbody tr, .wall-lines > li")];
  function roomFor(view, lines) {
    if (!lines.length || scrolls.matches) { return lines.length; }
    const nights = view.querySelector(".wall-nights"), list = view.querySelector(".wall-lines");
    if (nights) {
      const gap = parseFloat(getComputedStyle(nights.querySelector("table")).borderSpacing) || 0;
      const least = parseFloat(getComputedStyle(nights).minHeight);
      const head = nights.querySelector("thead").offsetHeight + 2 * gap;
      return Math.max(1, Math.floor((nights.clientHeight - head) / (least + gap)));
    }
    const room = view.getBoundingClientRect().bottom - list.getBoundingClientRect().top;
    const gap = parseFloat(getComputedStyle(list).rowGap) || 0;
    const highest = Math.max(...lines.map((line) => line.offsetHeight));
    return Math.max(1, Math.floor((room + gap) / (highest + gap)));
  }

  // Shows one part of a view's lines; the last part is as long as the others, so that no line changes its height.
  function part(view) {
    const lines = linesOf(view), parts = Math.max(1, Math.ceil(lines.length / (roomFor(view, lines) || 1)));
    const each = Math.ceil(lines.length / parts), at = Math.min(Number(view.dataset.part) || 0, parts - 1);
    const first = Math.min(at * each, lines.length - each);
    lines.forEach((line, place) => { line.hidden = place < first || place >= first + each; });
    view.querySelector(".wall-nights")?.style.setProperty("--shown", each);
    const title = view.querySelector("h2");
    if (parts > 1) { title.dataset.part = `${first + 1} to ${first + each} of ${lines.length}`; } else { delete title.dataset.part; }
    view.dataset.part = at;
    return { at, parts };
  }

  function show(wall, step) {
    const all = views(wall);
    let next = Number(wall.dataset.view) || 0;
    const now = step && all[next] && part(all[next]);
    if (now && now.at + 1 < now.parts) {
      all[next].dataset.part = now.at + 1;
    } else if (step) {
      for (let tries = 0; tries < all.length; tries += 1) {
        next = (next + 1) % all.length;
        if (all[next]?.dataset.news === "yes") { break; }
      }
      if (all[next]) { all[next].dataset.part = 0; }
    }
    if (all[next]?.dataset.news !== "yes") { next = 0; }
    wall.dataset.view = next;
    all.forEach((view, place) => { view.inert = place !== next; });
    const dots = document.getElementById("wall-dots");
    const marks = all.map((view, place) => {
      if (view.dataset.news !== "yes") { return ""; }
      const { at, parts } = part(view);
      return Array.from({ length: parts }, (_, turn) => (place === next && turn === at ? "●" : "○")).join("");
    }).filter(Boolean).join(" ");
    if (dots && dots.textContent !== marks) { dots.textContent = marks; }
  }

  function hold(wall) {
    held = !held;
    const button = wall.querySelector("#wall-hold");
    button?.setAttribute("aria-pressed", String(held));
    since = Date.now();
  }

  setInterval(() => {
    const wall = document.getElementById("wall");
    if (!wall) { held = false; return; }
    const time = document.getElementById("wall-clock");
    if (time && time.textContent !== clock()) { time.textContent = clock(); }
    const isDue = !held && Date.now() - since > CALM;
    if (isDue) { since = Date.now(); }
    show(wall, isDue);
  }, TICK);

  document.addEventListener("redrawn", (event) => {
    const view = event.target.closest?.(".wall-view");
    if (view) { part(view); }
  });
  document.addEventListener("click", (event) => {
    const wall = event.target.closest?.("#wall");
    if (wall && event.target.closest("#wall-hold")) { hold(wall); }
  });
  document.addEventListener("keydown", (event) => {
    const wall = document.getElementById("wall");
    if (!wall || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key === "ArrowRight") { since = Date.now(); show(wall, true); }
    if (event.key === " " && document.activeElement?.tagName !== "BUTTON") { event.preventDefault(); hold(wall); }
    if (event.key === "Escape") { wall.querySelector('footer a[href="/"]')?.click(); }
  });
})();
