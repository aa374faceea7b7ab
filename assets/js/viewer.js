// The page of one job: its captures large with their boxes, and which changes are its own.
(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const none = () => window.dash_clientside.no_update;
  const set = (id, data) => window.dash_clientside.set_props(id, { data });
  let current = null; // the item that was asked for last

  function make(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    parent.append(element);
    return element;
  }

  // Boxes are in px of the upright picture; a camera on its side stores it turned, and its size with it.
  function size(data, image) {
    const { width = 0, height = 0 } = data;
    if (!width || !height) { return [image.naturalWidth, image.naturalHeight]; }
    return image.naturalWidth > image.naturalHeight === width > height ? [width, height] : [height, width];
  }

  function boxes(data, image, place) {
    place.querySelector("svg")?.remove();
    const [width, height] = size(data, image);
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": data.words }, place);
    svg.classList.toggle("named", data.boxes.length * 90 <= image.clientWidth);
    const px = width / (image.clientWidth || width); // of the full picture, for one on the screen
    data.boxes.forEach((box) => {
      const group = make("g", { class: "box" }, svg);
      const { x, y, width: w, height: h } = box;
      make("rect", { x, y, width: w, height: h, class: "under" }, group);
      make("rect", { x, y, width: w, height: h }, group);
      const words = `${box.label} ${Math.round(100 * box.score)} %`;
      make("title", {}, group).textContent = words;
      const above = y > 20 * px;
      const isRight = x > width - 110 * px;
      const text = make("text", { x: isRight ? x + w : x, "text-anchor": isRight ? "end" : "start", y: above ? y - 5 * px : y + h + 14 * px, "font-size": 12 * px, "stroke-width": 3 * px }, group);
      text.textContent = words;
    });
  }

  // Draws a capture with its boxes, or why there is none, into a place; what was there before goes.
  function drawInto(place, data) {
    place.replaceChildren();
    if (data.error) {
      const said = document.createElement("p");
      said.className = "viewer-error";
      said.textContent = data.error;
      place.append(said);
      return;
    }
    const frame = document.createElement("div");
    frame.className = "frame";
    const image = document.createElement("img");
    image.alt = data.words;
    image.addEventListener("load", () => frame.isConnected && boxes(data, image, frame));
    image.addEventListener("error", () => { frame.textContent = "This picture cannot be shown: its file is missing or unreadable."; });
    image.src = data.source;
    frame.append(image);
    place.append(frame);
    frame.redraw = () => image.complete && image.naturalWidth && boxes(data, image, frame);
  }
  window.nightboard.drawCapture = drawInto;

  function draw(data) {
    const place = document.getElementById("viewer-picture");
    if (!place || !data) { return; }
    current = data.item;
    drawInto(place, data);
  }

  const isOpen = () => document.getElementById("viewer-picture") !== null;

  function show(item) {
    current = item;
    set("job-shot", item);
  }

  function step(by) {
    const items = [...document.querySelectorAll("[data-shot]")].map((thumb) => Number(thumb.dataset.shot));
    const at = items.indexOf(current);
    if (at < 0) { window.nightboard.stepStrip?.(by); return; }
    const next = items[at + by];
    if (next !== undefined) { show(next); }
  }

  document.addEventListener("click", (event) => {
    const thumb = event.target.closest("[data-shot]");
    if (thumb) { show(Number(thumb.dataset.shot)); }
    const button = event.target.closest("#viewer-before, #viewer-after, #viewer-close");
    if (button?.id === "viewer-before") { step(-1); }
    if (button?.id === "viewer-after") { step(1); }
    if (button?.id === "viewer-close") { set("job-shot", null); }
  });
  window.nightboard.listKey("← →", "Capture before, capture after", "On a capture");
  document.addEventListener("keydown", (event) => {
    if (!isOpen()) { return; }
    if (event.key === "ArrowLeft") { step(-1); event.preventDefault(); }
    if (event.key === "ArrowRight") { step(1); event.preventDefault(); }
  });
  window.addEventListener("resize", () => {
    document.querySelectorAll(".viewer-picture .frame").forEach((frame) => frame.redraw?.());
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    viewer: {
      // The rev of a change that touched this page's job.
      mine(live, job) {
        const isGone = live?.gone.some(([table, row]) => (table === "job" && Number(row) === job) || table === "queue_pause");
        return live && (live.more || isGone || live.jobs.includes(job)) ? live.rev : none();
      },
      draw(data) {
        requestAnimationFrame(() => draw(data));
        return none();
      },
      // Left by Escape or a click beside it, the viewer leaves the address too.
      closed(open, shot) {
        if (open === false && shot) { set("job-shot", null); }
        return none();
      },
      // What the page shows, as its address; what it shows anyway is left out.
      remember(show, first, level, stage, _typed, shot, find, id) {
        const usual = { show: "all", first: 0, level: "INFO", stage: "all", find: null, shot: null };
        const query = Object.entries({ show, first, level, stage, find, shot }).filter(([key, value]) => value !== usual[key]);
        return { path: `/jobs/${id}`, query: Object.fromEntries(query) };
      },
      turn(...given) {
        const [show, first] = given.slice(-2);
        const { triggered, triggered_id: id } = window.dash_clientside.callback_context;
        if (!id || !triggered[0]?.value) { return [none(), none()]; }
        if (id.type === "job-tab") { return [id.show, 0]; }
        return [none(), Math.max(0, first + (id.to === "later" ? 1 : -1) * Number(document.getElementById("job-sheet").dataset.page))];
      },
    },
  });
})();
