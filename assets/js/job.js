// The page of one job: its name in place, buttons that say they were heard, and the keys of a review.
(function () {
  const none = () => window.dash_clientside.no_update;
  const props = (id, values) => window.dash_clientside.set_props(id, values);
  const VERBS = ["job-run", "job-pause", "job-resume", "job-retry", "job-cancel"];
  const KEYS = { a: "accept", r: "reject", t: "retry" };
  const REVIEW = "In the review of a job";
  window.nightboard.listKey("j", "Next capture that waits", REVIEW);
  window.nightboard.listKey("k", "Capture before it", REVIEW);
  window.nightboard.listKey("a", "Accept what was found", REVIEW);
  window.nightboard.listKey("r", "Reject it", REVIEW);
  window.nightboard.listKey("t", "Process the capture again", REVIEW);
  let item = null; // that is reviewed now

  const part = (type, given) => ({ type, namespace: "dash_html_components", props: given });
  const heard = () => [part("Span", { className: "icon icon-loader-circle", "aria-hidden": "true" }), part("Span", { children: "Asked…" })];

  const thumbs = () => [...document.querySelectorAll("[data-review]")];
  const isReviewing = () => document.querySelector("#job-review:not([hidden])") !== null && thumbs().length > 0;
  const isBusy = (target) => target.closest?.("input, select, textarea, [contenteditable], .modal, canvas") || document.querySelector(".modal.show");

  function look(next) {
    item = next;
    props("review-item", { data: next });
    mark();
  }

  function mark() {
    thumbs().forEach((thumb) => {
      const isHere = Number(thumb.dataset.review) === item;
      thumb.toggleAttribute("data-here", isHere);
      if (isHere) {
        thumb.setAttribute("aria-current", "true");
        if (document.activeElement?.matches("[data-review]")) { thumb.focus({ preventScroll: true }); }
        const list = thumb.closest("ul"), box = thumb.getBoundingClientRect(), room = list.getBoundingClientRect();
        if (box.top < room.top || box.bottom > room.bottom) { list.scrollTop += box.top - room.top - 8; }
        if (box.left < room.left || box.right > room.right) { list.scrollLeft += box.left - room.left - 8; }
        const accept = document.getElementById("review-accept");
        if (accept && !accept.disabled) { accept.toggleAttribute("data-dead", !thumb.dataset.acceptable); accept.title = thumb.dataset.acceptable ? "" : "It could not be read, so there is no result to accept."; }
      } else {
        thumb.removeAttribute("aria-current");
      }
    });
  }

  function step(by) {
    const items = thumbs().map((thumb) => Number(thumb.dataset.review));
    const next = items[Math.max(0, items.indexOf(item)) + by]; // the first one is shown before any was chosen
    if (next !== undefined) { look(next); }
  }

  function judge(verdict) {
    const button = document.getElementById(`review-${verdict}`);
    if (!button || button.disabled || item === null) { return; }
    const items = thumbs().map((thumb) => Number(thumb.dataset.review));
    const at = items.indexOf(item);
    if (at < 0) { return; }
    if (button.hasAttribute("data-dead")) { window.nightboard.say("bad", button.title); return; }
    props("review-verdict", { data: { verdict, item, next: items[at + 1] ?? items[at - 1] ?? null, at: Date.now() } });
  }

  document.addEventListener("click", (event) => {
    const thumb = event.target.closest("[data-review]");
    if (thumb) { look(Number(thumb.dataset.review)); }
    const move = event.target.closest("[data-review-step]");
    if (move) { step(Number(move.dataset.reviewStep)); }
    const verdict = event.target.closest("[data-verdict]");
    if (verdict) { judge(verdict.dataset.verdict); }
    const button = event.target.closest("button");
    if (button && VERBS.includes(button.id) && !button.disabled) {
      // After Dash has seen the click, and until the engine's answer sets its face.
      setTimeout(() => props(button.id, { "data-phase": "requested", disabled: true, children: heard() }));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.id === "job-name-field") { props("job-name-form", { hidden: true }); document.getElementById("job-rename")?.focus(); }
    if (!isReviewing() || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) { return; }
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") { step(key === "j" ? 1 : -1); event.preventDefault(); }
    if (key in KEYS) { judge(KEYS[key]); event.preventDefault(); }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    job: {
      // The pencil opens the field of the name with what is there; Cancel closes it.
      rename() {
        const id = window.dash_clientside.callback_context.triggered_id;
        if (id !== "job-rename") { return true; }
        props("job-name-field", { value: document.getElementById("job-name").textContent });
        requestAnimationFrame(() => document.getElementById("job-name-field")?.select());
        return false;
      },
    },
    review: {
      next(found) {
        if (found) { look(found); }
        return none();
      },
      draw(data) {
        requestAnimationFrame(() => {
          const place = document.getElementById("review-picture");
          if (place && data && (place.dataset.item !== String(data.item) || !place.childElementCount)) {
            place.dataset.item = data.item;
            window.nightboard.drawCapture(place, data);
          }
          item = data ? data.item : null;
          mark();
        });
        return none();
      },
    },
  });
})();
