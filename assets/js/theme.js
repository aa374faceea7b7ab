// Runs before the first paint: the theme that was chosen, or the system's. Both are kept in cookies: the server reads what
// is shown, and a browser has them at hand, while it would first open the other stores that it has.
(function () {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const YEAR = 31536000; // s

  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  function setCookie(name, value, path = "/") {
    document.cookie = `${name}=${value || ""}; path=${path}; max-age=${value ? YEAR : 0}; samesite=lax`;
  }
  const kept = (name) => cookie(name)?.match(/^(dark|light)$/)?.[1];
  const keep = (name, theme) => { if (kept(name) !== theme) { setCookie(name, theme); } };
  const tell = (theme) => window.dash_clientside.set_props("theme", { data: theme });
  function apply(chosen = kept("theme-chosen")) {
    const theme = chosen || (system.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
    keep("theme", theme);
    if (window.dash_clientside?.set_props && document.getElementById("shell")) { tell(theme); }
  }
  system.addEventListener("change", () => apply());
  window.nightboard = Object.assign(window.nightboard || {}, {
    cookie, setCookie,
    toggleTheme() {
      const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
      const isSystem = next === (system.matches ? "dark" : "light");
      keep("theme-chosen", isSystem ? undefined : next);
      apply(next);
    },
    // A page may have been drawn for the theme that the system had at the last visit, as it is asked for first of all.
    agreeOnTheme(drawn) {
      const theme = document.documentElement.dataset.bsTheme;
      if (drawn !== theme) { tell(theme); }
    },
  });
  apply();
})();
