// The shell's own clientside functions: routing, the address, titles, toasts.
(function () {
  const nothing = () => window.dash_clientside.no_update;
  const board = window.nightboard;
  let pageTitle = "Nightboard";

  board.retitle = function (counts) {
    if (counts) { board.counts = counts; }
    const { running = 0 } = board.counts || {};
    document.title = (running ? `(${running}) ` : "") + pageTitle + " · Nightboard";
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
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      // A page is drawn anew when the address changes, but not when the page wrote the address itself.
      route(pathname, search, written) {
        if (!pathname || (written && written === pathname + (search || ""))) { return nothing(); }
        return { path: pathname, search: search || "" };
      },
      // A page's own query goes to the address bar without a new drawing.
      write(query) {
        if (!query) { return [nothing(), nothing()]; }
        const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
        const text = new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
        const search = text ? "?" + text : "";
        history.replaceState(history.state, "", location.pathname + search + location.hash);
        return [search, location.pathname + search];
      },
      arrived(title) {
        if (!title) { return nothing(); }
        pageTitle = title;
        board.retitle();
        if (board.visited) {
          window.scrollTo(0, 0);
          requestAnimationFrame(() => document.querySelector("#page h1")?.focus({ preventScroll: true }));
        }
        board.visited = true;
        return nothing();
      },
      toast(message) {
        if (message) {
          board.say(message.kind, message.sentence);
          board.look?.();
        }
        return nothing();
      },
    },
  });
})();
