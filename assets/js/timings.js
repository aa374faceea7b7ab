// The charts of Timings follow the jobs that end, and what stands behind a bar comes into sight.
(function () {
  const CALM = 10000; // ms from one drawing to the next

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    timings: {
      due(live) {
        if (live && (live.jobs.length || live.gone.length || live.more)) {
          window.nightboard.seldom("timings", CALM, () => {
            if (document.getElementById("timings-now")) { window.dash_clientside.set_props("timings-due", { data: Date.now() }); }
          });
        }
      },
      keep: (click) => click,
      reveal(behind) {
        const id = window.dash_clientside.callback_context.triggered_id;
        if (behind && id) { requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView({ block: "nearest" })); }
      },
    },
  });
})();
