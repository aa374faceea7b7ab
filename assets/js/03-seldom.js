// What a page does of its own after changes: at once, or when so many ms have passed since the last time; what is asked
// in between is done once.
(function () {
  const doneAt = {}, waiting = {};
  window.nightboard.seldom = function (what, calm, act) {
    clearTimeout(waiting[what]);
    waiting[what] = setTimeout(() => { doneAt[what] = Date.now(); act(); }, Math.max(0, (doneAt[what] || 0) + calm - Date.now()));
  };
})();
