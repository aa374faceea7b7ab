// The wall goes from view to view by itself, passes over those with nothing to tell, and shows what time it is.
(function () {
  const CALM = 15000, TICK = 1000;
  let since = Date.now(), held = false;

  const views = (wall) => [...wall.querySelectorAll(".wall-view")];
  const clock = () => new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" }).format(new Date());

  function show(wall, step) {
    const all = views(wall);
    let next = Number(wall.dataset.view) || 0;
    for (let tries = 0; step && tries < all.length; tries += 1) {
      next = (next + 1) % all.length;
      if (all[next]?.dataset.news === "yes") { break; }
    }
    if (all[next]?.dataset.news !== "yes") { next = 0; }
    wall.dataset.view = next;
    all.forEach((view, place) => { view.inert = place !== next; });
    const dots = document.getElementById("wall-dots");
    const marks = all.map((view, place) => (view.dataset.news === "yes" ? (place === next ? "●" : "○") : "")).join(" ");
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
