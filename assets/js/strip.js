// The strip of a job's captures: one mark a capture, by colour and shape; of very many, one mark for several.
(function () {
  const none = () => window.dash_clientside.no_update;
  const LARGEST = 15, LEAST = 7, TALLEST = 190; // px: of a mark, and of the whole strip
  const WORDS = { D: "done", B: "done before", F: "failed", W: "waiting", C: "in work", S: "waits for you" };
  window.nightboard.listKey("← → ↑ ↓", "From mark to mark of the captures", "On a job");
  window.nightboard.listKey("Enter", "Open the capture of the mark", "On a job");
  let shown = null, open = null, asked = null; // what is drawn, the range that a mark of several was opened to, the last place

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const { number } = window.nightboard;

  // How large a mark is, how many there are in a row, and how many captures one stands for.
  function measure(count, width) {
    for (let size = LARGEST; size >= LEAST; size -= 1) {
      const columns = Math.floor(width / size);
      if (Math.ceil(count / columns) * size <= TALLEST) { return { size, columns, each: 1 }; }
    }
    const size = 14, columns = Math.floor(width / size), rows = Math.floor(TALLEST / size);
    return { size, columns, each: Math.ceil(count / (columns * rows)) };
  }

  const shapes = {
    D(pen, x, y, s) { pen.fillRect(x, y, s, s); },
    B(pen, x, y, s) { pen.strokeRect(x + 1, y + 1, s - 2, s - 2); pen.fillRect(x + s / 2 - 1, y + s / 2 - 1, 2, 2); },
    F(pen, x, y, s) {
      pen.fillRect(x, y, s, s);
      pen.strokeStyle = css("surface");
      pen.beginPath();
      pen.moveTo(x + 2, y + 2); pen.lineTo(x + s - 2, y + s - 2);
      pen.moveTo(x + s - 2, y + 2); pen.lineTo(x + 2, y + s - 2);
      pen.stroke();
    },
    S(pen, x, y, s) { pen.beginPath(); pen.moveTo(x + s / 2, y); pen.lineTo(x + s, y + s); pen.lineTo(x, y + s); pen.fill(); },
    C(pen, x, y, s) { pen.beginPath(); pen.moveTo(x + s / 2, y); pen.lineTo(x + s, y + s / 2); pen.lineTo(x + s / 2, y + s); pen.lineTo(x, y + s / 2); pen.fill(); },
    W(pen, x, y, s) { pen.beginPath(); pen.arc(x + s / 2, y + s / 2, Math.max(1.2, s / 7), 0, 7); pen.fill(); },
  };
  const COLOURS = { D: "done", B: "done", F: "bad", W: "wait-fill", C: "run", S: "hold" };

  function single(pen, letter, x, y, s) {
    pen.fillStyle = pen.strokeStyle = css(COLOURS[letter] || "wait");
    (shapes[letter] || shapes.W)(pen, x, y, s);
  }

  // Several captures in one mark: filled from below as far as they are done, hatched from above as far as they failed.
  function several(pen, letters, x, y, s) {
    const share = (which) => [...letters].filter((letter) => which.includes(letter)).length / letters.length;
    const done = share("DB"), failed = share("F");
    pen.fillStyle = css("sunken");
    pen.fillRect(x, y, s, s);
    pen.fillStyle = css("done");
    pen.fillRect(x, y + s * (1 - done), s, s * done);
    if (failed) {
      const height = Math.max(3, s * failed);
      pen.fillStyle = css("bad");
      pen.fillRect(x, y, s, height);
      pen.fillStyle = css("surface");
      for (let at = 1.5; at < s; at += 4) { pen.fillRect(x + at, y, 1.2, height); }
    }
    for (const letter of ["S", "C"]) {
      if (letters.includes(letter)) { single(pen, letter, x + s / 4, y + s / 4, s / 2); return; }
    }
  }

  function canvas(name, label) {
    const found = document.createElement("canvas");
    found.id = name;
    found.tabIndex = 0;
    found.setAttribute("role", "img");
    found.setAttribute("aria-label", label);
    return found;
  }

  // Draws the captures from `from` to `to`; what it returns finds the captures at a point of it.
  function paint(target, from, to, cursor) {
    const width = target.parentElement.clientWidth, letters = shown.letters.slice(from, to);
    const { size, columns, each } = measure(letters.length, width);
    const marks = Math.ceil(letters.length / each), height = Math.ceil(marks / columns) * size;
    const scale = window.devicePixelRatio || 1;
    Object.assign(target, { width: width * scale, height: height * scale });
    Object.assign(target.style, { width: `${width}px`, height: `${height}px` });
    const pen = target.getContext("2d");
    pen.scale(scale, scale);
    pen.lineWidth = size > 9 ? 1.5 : 1.1;
    const gap = size > 10 ? 3 : 2;
    for (let mark = 0; mark < marks; mark += 1) {
      const x = (mark % columns) * size, y = Math.floor(mark / columns) * size;
      const part = letters.slice(mark * each, (mark + 1) * each);
      if (each === 1) { single(pen, part, x, y, size - gap); } else { several(pen, part, x, y, size - gap); }
      if (mark === cursor) { pen.lineWidth = 2; pen.strokeStyle = css("accent"); pen.strokeRect(x - 1, y - 1, size - gap + 2, size - gap + 2); pen.lineWidth = 1.5; }
    }
    Object.assign(target, { from, to, each, columns, size, marks, cursor });
  }

  function markAt(target, event) {
    const box = target.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / target.size), row = Math.floor((event.clientY - box.top) / target.size);
    const mark = row * target.columns + column;
    return column < 0 || column >= target.columns || mark >= target.marks ? null : mark;
  }

  function tell(target, mark) {
    const said = document.getElementById("job-strip-said");
    if (!said) { return; }
    const first = mark === null ? null : target.from + mark * target.each;
    if (first === null) { said.textContent = usual(target); return; }
    const last = Math.min(first + target.each, target.to), letters = shown.letters.slice(first, last);
    if (target.each === 1) { said.textContent = `Capture ${number(first + 1)} of ${number(shown.total)}: ${WORDS[letters]}`; return; }
    const counts = Object.entries(WORDS).map(([letter, word]) => [letters.split(letter).length - 1, word]).filter(([count]) => count);
    said.textContent = `Captures ${number(first + 1)} to ${number(last)}: ` + counts.map(([count, word]) => `${number(count)} ${word}`).join(", ");
  }
  const usual = (target) => (target.each > 1 ? `One mark is ${number(target.each)} captures; click one to open them.` : "Click a mark to see its capture.");

  function choose(target, mark) {
    const first = target.from + mark * target.each;
    if (target.each > 1) {
      open = [first, Math.min(first + target.each, target.to)];
      render();
      return;
    }
    asked = first;
    window.dash_clientside.set_props("job-strip-place", { data: { place: first, at: Date.now() } });
  }

  function wire(target) {
    target.addEventListener("pointermove", (event) => tell(target, markAt(target, event)));
    target.addEventListener("pointerleave", () => tell(target, null));
    target.addEventListener("click", (event) => { const mark = markAt(target, event); if (mark !== null) { choose(target, mark); } });
    target.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: target.columns, ArrowUp: -target.columns };
      if (event.key === "Enter" && target.cursor !== undefined) { choose(target, target.cursor); }
      if (!(event.key in steps)) { return; }
      event.preventDefault();
      event.stopPropagation();
      const next = target.cursor === undefined ? 0 : target.cursor + steps[event.key];
      if (next < 0 || next >= target.marks) { return; }
      paint(target, target.from, target.to, next);
      tell(target, next);
    });
    target.addEventListener("blur", () => { if (shown && target.isConnected) { paint(target, target.from, target.to); } });
  }

  function render() {
    const place = document.getElementById("job-strip-drawing");
    if (!place || !shown || !place.clientWidth) { return; }
    const label = `${number(shown.total)} captures of this job, one mark each; the list below counts them by state. Arrow keys and Enter open one.`;
    let whole = document.getElementById("job-strip-all");
    if (!whole) {
      whole = canvas("job-strip-all", label);
      place.append(whole);
      wire(whole);
      tell(Object.assign(whole, { each: 1 }), null);
    }
    paint(whole, 0, shown.letters.length, document.activeElement === whole ? whole.cursor : undefined);
    if (!document.querySelector("#job-strip canvas:hover")) { tell(whole, null); }
    let part = document.getElementById("job-strip-part");
    if (!open || whole.each === 1) { part?.remove(); return; }
    if (!part) {
      part = canvas("job-strip-part", "Some of the captures, one mark each");
      place.append(part);
      wire(part);
    }
    paint(part, open[0], open[1], document.activeElement === part ? part.cursor : undefined);
  }

  // The arrow keys of the large picture go on along the strip, when it was opened from there.
  window.nightboard.stepStrip = function (by) {
    const next = asked === null ? -1 : asked + by;
    if (shown && next >= 0 && next < shown.letters.length) {
      asked = next;
      window.dash_clientside.set_props("job-strip-place", { data: { place: next, at: Date.now() } });
    }
  };
  window.addEventListener("resize", render);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    strip: {
      draw(data) {
        if (shown?.total !== data?.total) { open = null; }
        shown = data;
        requestAnimationFrame(render);
        return none();
      },
      open(item) {
        if (item) { window.dash_clientside.set_props("job-shot", { data: item }); }
        return none();
      },
    },
  });
})();
