// The upload page: files go to the server one after another, in pieces, each with how far it is and what was wrong.
(function () {
  const PIECE = 4 * 1024 * 1024;
  const TRIES = 5;
  const AS_GOOD_AS_NOW_MS = 2000;
  const at = (id) => document.getElementById(id);
  const waiting = [];
  let busy = false;
  let total = { kept: 0, faults: 0 };

  function line(file) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = Math.max(file.size, 1);
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const said = document.createElement("span");
    said.className = "said faint";
    said.textContent = "Waits";
    row.append(name, bar, said);
    at("upload-files")?.append(row);
    return { row, bar, said };
  }

  function faults(shown, sentences) {
    for (const sentence of sentences.slice(0, 50)) {
      const words = document.createElement("p");
      words.className = "field-error";
      words.textContent = sentence;
      shown.row.append(words);
    }
    shown.row.classList.toggle("bad", sentences.length > 0);
    total.faults += sentences.length;
  }

  async function post(address, body) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" });
        if (answer.status < 500 || attempt >= TRIES) { return answer; }
      } catch (away) {
        if (attempt >= TRIES) { throw away; }
      }
      await new Promise((go) => setTimeout(go, 500 * 2 ** attempt));
    }
  }

  async function send(station, file, modified, shown) {
    let offset = 0;
    for (;;) {
      const query = new URLSearchParams({ name: file.name, size: file.size, offset, modified });
      const answer = await post(`/upload/${station}/files?${query}`, file.slice(offset, offset + PIECE));
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok || told.detail) { throw new Error(told.detail || `Nightboard answered ${answer.status}; try again.`); }
      offset = told.received;
      shown.bar.value = offset;
      shown.said.textContent = `${Math.round(100 * offset / file.size)} %`;
      if (told.whole) { return told; }
    }
  }

  async function one({ station, file, modified, shown }) {
    try {
      const told = await send(station, file, modified, shown);
      total.kept += told.kept;
      shown.said.textContent = told.kept === 1 ? "1 picture" : `${told.kept} pictures`;
      faults(shown, told.faults);
    } catch (error) {
      shown.said.textContent = "Not taken";
      const away = error instanceof TypeError;
      faults(shown, [away ? "The connection broke off; choose the file again, and it goes on from there." : error.message]);
    }
  }

  function say() {
    const kept = total.kept === 1 ? "1 picture is here" : `${total.kept} pictures are here`;
    const wrong = total.faults ? `; ${total.faults} ${total.faults === 1 ? "thing was" : "things were"} wrong` : "";
    at("upload-said").textContent = `${kept}${wrong}.`;
  }

  async function work() {
    if (busy) { return; }
    busy = true;
    const stations = new Set();
    while (waiting.length) {
      const next = waiting.shift();
      const before = total.kept;
      await one(next);
      if (total.kept > before) { stations.add(next.station); }
      if (at("upload-said")) { say(); }
    }
    for (const station of stations) {
      const answer = await post(`/upload/${station}/done`, null).catch(() => null);
      const told = answer ? await answer.json().catch(() => ({})) : {};
      const link = at("upload-job");
      if (told.job && link) {
        link.href = `/jobs/${told.job}`;
        link.textContent = `Job ${told.job} takes them in`;
        at("upload-job-line").hidden = false;
      } else if (at("upload-said")) {
        at("upload-said").textContent += ` ${told.detail || "They could not be taken in yet; start a sync job for the station."}`;
      }
    }
    busy = false;
    if (waiting.length) { work(); }
  }

  // Milliseconds since 1970, or nothing: a browser that cannot read a file's time says that it is now.
  function timeOf(file) {
    return file.lastModified < Date.now() - AS_GOOD_AS_NOW_MS ? file.lastModified : "";
  }

  function add(files) {
    const station = at("upload-station")?.value;
    if (!station || !files.length) { return; }
    if (!busy) {
      total = { kept: 0, faults: 0 };
      at("upload-files").replaceChildren();
      at("upload-job-line").hidden = true;
    }
    for (const file of files) { waiting.push({ station, file, modified: timeOf(file), shown: line(file) }); }
    work();
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#upload-choose")) { return; }
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.multiple = true;
    chooser.accept = ".jpg,.jpeg,.png,.tif,.tiff,.bmp,.webp,.zip";
    chooser.addEventListener("change", () => add([...chooser.files]));
    chooser.click();
  });

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const place = event.target.closest?.("#upload-drop");
      if (!place) { return; }
      event.preventDefault();
      place.classList.toggle("over", kind === "dragover");
      if (kind === "drop") { add([...event.dataTransfer.files]); }
    });
  }

  window.addEventListener("beforeunload", (event) => { if (busy) { event.preventDefault(); } });
})();
