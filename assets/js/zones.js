// Mask zones on a capture: a drag makes one, the list of the page shows all. Numbers are px of the full, upright picture.
(function () {
  const none = () => window.dash_clientside.no_update;
  const place = () => document.getElementById("zones-picture");
  let start = null, band = null, shown = [];

  // A camera on its side stores its picture turned, and its size with it.
  function size(picture) {
    const image = picture.querySelector("img");
    const [width, height] = [Number(picture.dataset.width), Number(picture.dataset.height)];
    return image.naturalWidth && (image.naturalWidth > image.naturalHeight) !== (width > height) ? [height, width] : [width, height];
  }

  function at(event) {
    const picture = place(), box = picture.getBoundingClientRect(), [width, height] = size(picture);
    const share = (value, from, length) => Math.min(Math.max((value - from) / length, 0), 1);
    return [share(event.clientX, box.left, box.width) * width, share(event.clientY, box.top, box.height) * height];
  }

  function lay(element, zone) {
    const [width, height] = size(place()), [x1, y1, x2, y2] = zone.map((value) => Number(value) || 0);
    element.style.left = `${(Math.min(x1, x2) / width) * 100}%`;
    element.style.top = `${(Math.min(y1, y2) / height) * 100}%`;
    element.style.width = `${(Math.abs(x2 - x1) / width) * 100}%`;
    element.style.height = `${(Math.abs(y2 - y1) / height) * 100}%`;
  }

  function draw() {
    const drawing = document.getElementById("zones-drawing");
    if (!drawing) { return; }
    drawing.replaceChildren(...shown.map((zone, number) => {
      const element = document.createElement("div");
      element.className = "zone";
      element.textContent = number + 1;
      lay(element, zone);
      return element;
    }));
  }

  document.addEventListener("pointerdown", (event) => {
    const picture = event.target.closest?.("#zones-picture:not(.still)");
    if (!picture || event.button) { return; }
    event.preventDefault();
    start = at(event);
    band = document.createElement("div");
    band.className = "zone band";
    picture.append(band);
  });
  document.addEventListener("pointermove", (event) => {
    if (band) { lay(band, [...start, ...at(event)]); }
  });
  document.addEventListener("pointerup", (event) => {
    if (!band) { return; }
    const [x1, y1] = start, [x2, y2] = at(event), [width] = size(place());
    band.remove();
    band = null;
    if (Math.min(Math.abs(x2 - x1), Math.abs(y2 - y1)) < width / 200) { return; }
    const zone = [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)].map(Math.round);
    window.dash_clientside.set_props("zones-drawn", { data: [...zone, Date.now()] });
  });
  document.addEventListener("load", ({ target }) => { if (target.closest?.("#zones-picture")) { draw(); } }, true);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    zones: {
      show(zones) {
        shown = zones || [];
        requestAnimationFrame(draw);
        return none();
      },
    },
  });
})();
