// Numbers, times and days as the server writes them (dashboard/components/times.py). A browser has words of its own for
// them, in its reader's language and not in that of the page, and takes some 15 ms until it has the first of them.
(function () {
  const board = window.nightboard;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (part) => String(part).padStart(2, "0");

  // 12,345 of a whole number.
  board.number = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  // 22:14, or 22:14:05, in the reader's zone.
  board.clock = (at, seconds = false) => [at.getHours(), at.getMinutes(), ...(seconds ? [at.getSeconds()] : [])].map(two).join(":");
  // 3 Aug, or 3 Aug 2026.
  board.day = (at, year = false) => `${at.getDate()} ${MONTHS[at.getMonth()]}${year ? ` ${at.getFullYear()}` : ""}`;
})();
