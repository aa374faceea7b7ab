// The log of a job: its lines drawn from plain rows, each once, and kept at the end as long as the reader is there.
(function () {
  const MOST = 5000; // lines on the page
  let seen = 0, wasAtEnd = true;

  function part(name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    element.textContent = text;
    return element;
  }

  function line([, at, clock, level, stage, message]) {
    const found = document.createElement("li");
    found.dataset.level = level;
    const time = part("time", "", clock);
    time.dateTime = at;
    found.append(time, part("span", "level", level.toLowerCase()), part("span", "stage-name", stage), part("span", "message", message));
    return found;
  }

  function draw({ lines, last, anew }) {
    const log = document.getElementById("job-log");
    if (!log) { return; }
    if (anew) {
      log.replaceChildren(...lines.map(line));
      wasAtEnd = true;
    } else {
      log.append(...lines.filter(([seq]) => seq > seen).map(line));
      while (log.childElementCount > MOST) { log.firstElementChild.remove(); }
    }
    seen = anew ? last : Math.max(seen, last);
    if (wasAtEnd) { log.scrollTop = log.scrollHeight; }
  }

  document.addEventListener("scroll", ({ target }) => {
    if (target.id === "job-log") { wasAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 24; }
  }, true);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    log: {
      // Draws the lines, and answers with the number of the last, after which the page asks next.
      draw(data) {
        if (!data) { return window.dash_clientside.no_update; }
        if (document.getElementById("job-log")) { draw(data); } else { requestAnimationFrame(() => draw(data)); }
        return data.last;
      },
    },
  });
})();
