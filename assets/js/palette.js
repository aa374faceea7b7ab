// The command palette: pages, what can be done on this page, stations and recent jobs, by Ctrl+K or Cmd+K.
(function () {
  const board = window.nightboard;
  const SOURCE = "/palette", SHORT = 90, OF_ROWS = 12; // ms, lines
  const GROUPS = ["On this page", "Pages", "Stations", "Jobs"];
  let found = [], active = 0, timer = null, asked = null;

  const wordsOf = (element) => (element.textContent.trim() || element.getAttribute("aria-label") || "").replace(/\s+/g, " ");
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;

  // What this page's own buttons and its header's links do; one among several alike says in data-does what it does.
  const does = (element) => element.dataset.does || wordsOf(element);
  function doers() {
    const found = document.querySelectorAll("#page .page-header .actions :is(a:not([href='/jobs/new']), button), #page .toolbar button:not(.square), #page .views-bar button, #page button[data-phase], #page [data-does]");
    return [...found].filter((each) => isSeen(each) && does(each));
  }
  function verbs() {
    return doers().map((each) => ({
      group: "On this page", words: does(each), icon: each.querySelector(".icon")?.className || "icon icon-zap", act: () => press(does(each)),
      isOfRow: Boolean(each.dataset.does && each.closest("tr, section, li")),
    }));
  }
  // The page may have been drawn anew, and what was offered may be over.
  function press(words) {
    const button = doers().find((each) => does(each) === words);
    if (button) { button.focus(); button.click(); } else { board.say("info", `“${words}” cannot be done any more; the page has changed.`); }
  }
  function pages() {
    const links = [...document.querySelectorAll("#navigation a")].map((link) => ({
      group: "Pages", words: wordsOf(link), icon: link.querySelector(".icon")?.className, act: () => link.click(),
    }));
    const theme = { group: "Pages", words: "Change between dark and light", icon: "icon icon-sun-moon", act: () => board.toggleTheme() };
    const keys = { group: "Pages", words: "List the keys", icon: "icon icon-keyboard", act: () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "?" })) };
    const made = { group: "Pages", words: "Make a new job", icon: "icon icon-plus", act: () => board.go("/jobs/new") };
    return [...links, made, theme, keys];
  }

  function open() {
    const input = document.createElement("input"), list = document.createElement("ul");
    Object.assign(input, { id: "palette-text", type: "text", placeholder: "A page, a station, a job, or what to do here", autocomplete: "off" });
    const told = { role: "combobox", "aria-label": "What to find", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(told)) { input.setAttribute(name, value); }
    list.id = "palette-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "What was found");
    const here = [...verbs(), ...pages()];
    const dialog = board.dialog("palette", "Go to, or do", [input, list]);
    input.addEventListener("input", () => { clearTimeout(timer); show(here, input, list, found.filter((each) => each.href)); timer = setTimeout(() => ask(here, input, list), SHORT); });
    input.addEventListener("keydown", (event) => steer(event, dialog, input, list));
    list.addEventListener("click", (event) => { const line = event.target.closest("li[role=option]"); if (line) { choose(dialog, Number(line.dataset.place)); } });
    input.focus();
    show(here, input, list, []);
    ask(here, input, list);
  }

  async function ask(here, input, list) {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${SOURCE}?${new URLSearchParams({ text: input.value })}`, { signal: asked.signal });
      if (answer.ok) { show(here, input, list, (await answer.json()).found); }
    } catch (error) { if (error.name !== "AbortError") { show(here, input, list, []); } }
  }

  function show(here, input, list, there) {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (each) => words.every((word) => each.words.toLowerCase().includes(word));
    let left = words.length ? OF_ROWS : 0; // there may be hundreds of rows, each with its buttons
    const mine = here.filter((each) => has(each) && (!each.isOfRow || left-- > 0));
    found = GROUPS.flatMap((group) => [...mine, ...there].filter((each) => each.group === group));
    active = 0;
    list.replaceChildren(...found.flatMap((each, place) => {
      const line = document.createElement("li"), mark = document.createElement("span"), name = document.createElement("span"), about = document.createElement("span");
      Object.assign(line, { id: `palette-${place}` });
      line.dataset.place = place;
      line.setAttribute("role", "option");
      [mark.className, name.textContent, about.className, about.textContent] = [each.icon || "icon icon-arrow-right", each.words, "faint", each.about || ""];
      mark.setAttribute("aria-hidden", "true");
      line.append(mark, name, about);
      if (found[place - 1]?.group === each.group) { return [line]; }
      const heading = document.createElement("li");
      heading.setAttribute("role", "presentation");
      heading.className = "group";
      heading.textContent = each.group;
      return [heading, line];
    }));
    if (!found.length) {
      const line = document.createElement("li");
      [line.className, line.textContent] = ["nothing", "Nothing of that name; try a part of it."];
      line.setAttribute("role", "option");
      line.setAttribute("aria-disabled", "true");
      list.append(line);
    }
    mark(input, list);
  }

  function mark(input, list) {
    for (const line of list.querySelectorAll("li[role=option]")) {
      const is = Number(line.dataset.place) === active && found.length > 0;
      line.setAttribute("aria-selected", String(is));
      if (is) { line.scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", line.id); }
    }
  }

  function steer(event, dialog, input, list) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) { active = (active + step + found.length) % found.length; mark(input, list); event.preventDefault(); }
    if (event.key === "Enter") { event.preventDefault(); choose(dialog, active); }
  }

  function choose(dialog, place) {
    const chosen = found[place];
    if (!chosen) { return; }
    dialog.close();
    if (chosen.href) { board.go(chosen.href); } else { chosen.act(); }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) { return; }
    event.preventDefault();
    const own = document.getElementById("palette");
    if (own) { own.close(); } else if (!document.querySelector(".modal.show")) { open(); }
  });
  document.addEventListener("click", (event) => { if (event.target.closest("#palette-open")) { open(); } });
})();
