// Runs before the first paint: the theme that was chosen, or the system's. The server reads it from the cookie.
(function () {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const KEY = "nightboard-theme";

  function chosen() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }
  function apply() {
    const theme = chosen() || (system.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    if (window.dash_clientside?.set_props && document.getElementById("shell")) {
      window.dash_clientside.set_props("theme", { data: theme });
    }
    return theme;
  }
  system.addEventListener("change", apply);
  window.nightboard = Object.assign(window.nightboard || {}, {
    toggleTheme() {
      const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
      const isSystem = next === (system.matches ? "dark" : "light");
      try { isSystem ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, next); } catch { /* private mode */ }
      if (apply() !== next) { document.documentElement.dataset.bsTheme = next; }
    },
  });
  apply();
})();
