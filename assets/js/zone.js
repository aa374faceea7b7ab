// Tells the server the reader's time zone, for times that belong to no station.
(function () {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
})();
