// Tells the server the reader's time zone, for times that belong to no station; when the page stands, as a browser takes
// its time to look it up.
(function () {
  const LATER = 1000; // ms
  setTimeout(() => window.nightboard.setCookie("zone", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"), LATER);
})();
