// The search box of the Jobs page: completes keys and values as one types, and points at what cannot be read.
(function () {
  const BOX = "jobs-text", WORDS = "/jobs/words", PATIENCE = 900, SHORT = 90; // ms
  let offers = [], span = [0, 0], active = -1, asked = null, timer = null;
  let wrong = null, typedAt = 0, showing = null;

  const box = () => document.getElementById(BOX);
  const list = () => document.getElementById("jobs-text-offers");
  const isBox = (event) => event.target.id === BOX;
  const isOpen = () => list() && !list().hidden;

  function close() {
    clearTimeout(timer);
    asked?.abort();
    [offers, active] = [[], -1];
    if (list()) { list().hidden = true; list().replaceChildren(); }
    box()?.setAttribute("aria-expanded", "false");
    box()?.removeAttribute("aria-activedescendant");
  }

  // The names that a reader of the screen needs; the component keeps attributes that it does not know.
  function dress(input) {
    const told = { role: "combobox", "aria-autocomplete": "list", "aria-controls": "jobs-text-offers", "aria-describedby": "jobs-text-error" };
    for (const [name, value] of Object.entries(told)) { input.setAttribute(name, value); }
    if (window.innerWidth < 600) { input.placeholder = "Search jobs"; }
    if (!input.hasAttribute("aria-expanded")) { input.setAttribute("aria-expanded", "false"); }
  }

  async function ask() {
    const input = box();
    if (!input || document.activeElement !== input) { return; }
    asked?.abort();
    asked = new AbortController();
    const at = input.selectionStart;
    try {
      const query = new URLSearchParams({ text: input.value, at });
      const answer = await fetch(`${WORDS}?${query}`, { signal: asked.signal });
      if (!answer.ok || input.selectionStart !== at) { return; }
      const found = await answer.json();
      [offers, span, active] = [found.offers, [found.start, found.end], -1];
      draw();
    } catch (error) { if (error.name !== "AbortError") { close(); } }
  }

  function draw() {
    const place = list();
    if (!place) { return; }
    place.replaceChildren(...offers.map((offer, number) => {
      const line = document.createElement("li");
      line.id = `jobs-offer-${number}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(number === active));
      const word = document.createElement("span"), about = document.createElement("span");
      word.className = "mono";
      word.textContent = offer.text;
      about.className = "faint";
      about.textContent = offer.about;
      line.append(word, about);
      return line;
    }));
    place.hidden = !offers.length;
    const input = box();
    place.style.left = `${Math.max(0, Math.min(reach(input, span[0]), input.clientWidth - 260))}px`;
    input.setAttribute("aria-expanded", String(offers.length > 0));
    mark();
  }

  function mark() {
    list()?.querySelectorAll("li").forEach((line, number) => {
      line.setAttribute("aria-selected", String(number === active));
      if (number === active) { line.scrollIntoView({ block: "nearest" }); }
    });
    if (active >= 0) { box().setAttribute("aria-activedescendant", `jobs-offer-${active}`); } else { box()?.removeAttribute("aria-activedescendant"); }
  }

  function put(value, at) {
    const input = box();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.setSelectionRange(at, at);
  }

  function take(number) {
    const offer = offers[number], input = box();
    const behind = input.value.slice(span[1]);
    const text = offer.text + (offer.whole && !/^\s/.test(behind) ? " " : "");
    put(input.value.slice(0, span[0]) + text + behind, span[0] + text.length);
    close();
    if (!offer.whole) { ask(); }
  }

  // How far from the box's left edge a letter of its text stands, in px.
  function reach(input, at) {
    const style = getComputedStyle(input);
    const pen = (reach.pen ??= document.createElement("canvas").getContext("2d"));
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const inset = input.getBoundingClientRect().left - input.closest(".search-place").getBoundingClientRect().left;
    return inset + parseFloat(style.paddingLeft) + pen.measureText(input.value.slice(0, at)).width - input.scrollLeft;
  }

  function point() {
    const input = box(), under = document.getElementById("jobs-text-mark"), words = document.getElementById("jobs-text-error");
    if (!input || !under || !words) { return; }
    // What is still being typed is not called wrong before its time.
    const isBusy = wrong && document.activeElement === input && Date.now() - typedAt < PATIENCE;
    const shown = isBusy ? null : wrong;
    clearTimeout(showing);
    if (isBusy) { showing = setTimeout(point, PATIENCE); }
    if (shown) { input.setAttribute("aria-invalid", "true"); } else { input.removeAttribute("aria-invalid"); }
    under.hidden = !shown;
    words.textContent = shown ? shown.sentence : "";
    if (!shown) { return; }
    const from = reach(input, shown.start), to = reach(input, Math.min(shown.end, Math.max(input.value.length, shown.start + 1)));
    under.style.left = `${from}px`;
    under.style.width = `${Math.max(to - from, 8)}px`;
    words.style.setProperty("--at", `${Math.max(0, Math.min(from, input.clientWidth - 40))}px`);
  }

  document.addEventListener("focusin", (event) => { if (isBox(event)) { dress(event.target); } });
  document.addEventListener("focusout", (event) => { if (isBox(event)) { close(); typedAt = 0; point(); } });
  document.addEventListener("input", (event) => {
    if (!isBox(event)) { return; }
    typedAt = Date.now();
    clearTimeout(timer);
    timer = setTimeout(ask, SHORT);
    point();
  });
  document.addEventListener("click", (event) => { if (isBox(event) && !event.target.value) { ask(); } });
  document.addEventListener("pointerdown", (event) => {
    const line = event.target.closest?.("#jobs-text-offers li");
    if (!line) { return; }
    event.preventDefault(); // the box keeps the focus
    take([...line.parentNode.children].indexOf(line));
  });
  document.addEventListener("scroll", (event) => { if (isBox(event)) { point(); } }, true);
  window.addEventListener("resize", () => point());

  document.addEventListener("keydown", (event) => {
    if (!isBox(event)) { return; }
    const last = offers.length - 1;
    if (event.key === "ArrowDown" && !isOpen()) { ask(); event.preventDefault(); }
    else if (event.key === "ArrowDown") { active = active >= last ? 0 : active + 1; mark(); event.preventDefault(); }
    else if (event.key === "ArrowUp" && isOpen()) { active = active <= 0 ? last : active - 1; mark(); event.preventDefault(); }
    else if (event.key === "Enter" && isOpen() && active >= 0) { take(active); event.preventDefault(); event.stopPropagation(); }
    else if (event.key === "Enter") { close(); typedAt = 0; }
    else if (event.key === "Tab" && !event.shiftKey && isOpen() && (active >= 0 || span[1] > span[0])) { take(Math.max(active, 0)); event.preventDefault(); }
    else if (event.key === "Escape" && isOpen()) { close(); event.preventDefault(); event.stopPropagation(); }
    else if (event.key === "Escape") { event.preventDefault(); event.target.blur(); } // the browser would empty the box
  }, true);

  const misread = window.nightboard.misread = function (what) {
    wrong = what || null;
    const input = box();
    if (input) { dress(input); }
    point();
  };
  // What cannot be read in an address comes with the page.
  document.addEventListener("redrawn", ({ target }) => {
    if (target.id !== "jobs-text-error") { return; }
    const { start, end } = target.dataset;
    misread(start ? { sentence: target.textContent, start: Number(start), end: Number(end) } : null);
  });
})();
