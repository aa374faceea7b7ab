// Keys: one place that hears them, and a dialog that lists them. A page adds its own by nightboard.key(...).
(function () {
  const board = window.nightboard;
  const WAIT = 1200; // ms between g and the letter behind it
  const EVERYWHERE = "Everywhere";
  const keys = []; // { keys: "g n", words, act, group }
  let before = null, beforeAt = 0;

  // `act` returns false where it does nothing here, and the key is then left to the browser.
  board.key = function (which, words, act, group = EVERYWHERE) { keys.push({ keys: which, words, act, group }); };
  // A key that something on a page hears by itself is only listed here.
  board.listKey = (which, words, group) => board.key(which, words, () => false, group);

  // To another page of this house without loading everything anew.
  board.go = function (href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };

  const isTyping = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");
  const isAsked = () => document.querySelector("dialog[open], .modal.show");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isAsked()) { before = null; return; }
    const typed = before && Date.now() - beforeAt < WAIT ? `${before} ${event.key}` : event.key;
    before = event.key === "g" ? "g" : null;
    beforeAt = Date.now();
    const found = [...keys, ...pages()].find((each) => each.keys === typed);
    if (found && found.act(event) !== false) { event.preventDefault(); before = null; }
  });

  // A page goes by its first letter behind g.
  function pages() {
    return [...document.querySelectorAll("#navigation a")].map((link) => {
      const name = link.textContent.trim();
      return { keys: `g ${name[0]?.toLowerCase()}`, words: `Go to ${name}`, act: () => link.click(), group: "Go to a page" };
    });
  }

  // A dialog of the house: closes by Escape, by its button and by a click beside it, and gives the focus back.
  board.dialog = function (name, title, content) {
    document.getElementById(name)?.remove();
    const dialog = document.createElement("dialog"), heading = document.createElement("h2"), close = document.createElement("button");
    [dialog.id, dialog.className, heading.id, heading.textContent] = [name, "house-dialog", `${name}-title`, title];
    dialog.setAttribute("aria-labelledby", heading.id);
    [close.type, close.className] = ["button", "button plain square close"];
    close.setAttribute("aria-label", "Close");
    close.append(Object.assign(document.createElement("span"), { className: "icon icon-x" }));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) { dialog.close(); } });
    dialog.addEventListener("close", () => dialog.remove());
    dialog.append(heading, ...content, close);
    document.body.append(dialog);
    dialog.tabIndex = -1;
    dialog.autofocus = true;
    dialog.showModal();
    return dialog;
  };

  function kbd(which) {
    const line = document.createElement("span");
    line.className = "keys";
    for (const each of which.split(" ")) { line.append(Object.assign(document.createElement("kbd"), { textContent: each })); }
    return line;
  }

  function list() {
    const all = [...keys.filter((each) => each.group === EVERYWHERE), ...pages(), ...keys.filter((each) => each.group !== EVERYWHERE)];
    const parts = [...new Set(all.map((each) => each.group))].map((group) => {
      const part = document.createElement("section"), heading = document.createElement("h3"), table = document.createElement("dl");
      heading.textContent = group;
      for (const each of all.filter((one) => one.group === group)) {
        const row = document.createElement("div"), name = document.createElement("dt"), words = document.createElement("dd");
        name.append(kbd(each.keys));
        words.textContent = each.words;
        row.append(name, words);
        table.append(row);
      }
      part.append(heading, table);
      return part;
    });
    const all_keys = document.createElement("div");
    all_keys.className = "key-list";
    all_keys.tabIndex = 0;
    all_keys.append(...parts);
    board.dialog("key-dialog", "Keys", [all_keys]);
  }

  function search() {
    const box = document.querySelector('#page [role="search"] input:not([type=checkbox]), #page input[type=search]');
    box?.focus();
    box?.select?.();
    return Boolean(box);
  }

  board.key("?", "List the keys", list);
  board.key("/", "Search on this page", search);
  board.listKey("Ctrl+K", "Find a page, a station, a job or a verb");
  board.listKey("Escape", "Close what is open");
})();
