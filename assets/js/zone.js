// Tells the server the reader's time zone, for times that belong to no station; when the page stands, as a browser takes
// its time to look it up.
(function () {
  const LATER = 1000, YEAR = 31536000; // ms, s
  setTimeout(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    document.cookie = `zone=${zone}; path=/; max-age=${YEAR}; samesite=lax`;
  }, LATER);
})();
