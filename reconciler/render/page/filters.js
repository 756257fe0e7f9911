"use strict";
/* Filters: for the matrix, for the list of changes and for the figures in heads. They are in the address of the page, behind
   `#?`, so you can send a view, and Back undoes the last one. */
const filters = (() => {
  const form = byId("filters");
  const defaults = new Map([...new FormData(form)]);
  const roleTexts = data.rows.map((row) => fold(subject.find(row)));
  const codeTexts = data.columns.map((column) => fold(`${column.code}\n${column.name || ""}`));
  const listed = [...subject.listed];
  const listTexts = listed.map((_, index) => fold(subject.findListed(index)));
  const folds = [...document.querySelectorAll("details.verdict")];
  const field = (name) => form.elements[name]?.value ?? "";
  const comesFrom = (row, origin) => !origin || Boolean(data.rows[row].origins?.includes(origin));
  let unfolded = null; // what was open before a filter opened what it found

  const matching = () => {
    const wanted = fold(field("code").trim());
    const category = field("category");
    return data.columns.map((column, index) => codeTexts[index].includes(wanted) && (!category || column.category === category));
  };

  function lines(marked) {
    const wanted = fold(field("role").trim());
    const [only, origin] = [field("rows") === "marked", field("origin")];
    const found = data.sections.map(() => []);
    roleTexts.forEach((text, row) => {
      if (text.includes(wanted) && comesFrom(row, origin) && (!only || marked.rows[row])) found[sectionOf[row]].push(row);
    });
    const shown = (all, few) => (all === few ? all.toLocaleString("en") : `${few.toLocaleString("en")} of ${all.toLocaleString("en")}`);
    return {
      lines: found.flatMap((rows, section) => (rows.length ? [-1 - section, ...rows] : [])),
      count: found.reduce((sum, rows) => sum + rows.length, 0),
      texts: data.sections.map((section, index) => [section.title, shown(section.rows, found[index].length)]),
    };
  }

  /* The list of changes: those of a role that is searched for, with a permission and of the origin that are searched for */
  function list(codes) {
    const wanted = fold(field("role").trim());
    const narrowed = Boolean(field("code").trim() || field("category"));
    const origin = field("origin");
    const numbers = codes.flatMap((shown, number) => (shown ? [number] : []));
    listed.forEach((item, index) => {
      item.hidden = !(listTexts[index].includes(wanted) && comesFrom(subject.rowListed(index), origin) && (!narrowed || numbers.some((number) => subject.touches(index, number))));
    });
    for (const counted of document.querySelectorAll(".changes .count")) {
      const items = [...counted.closest(".verdict, .changes").querySelectorAll(subject.item || ".change")];
      const shown = items.filter((item) => !item.hidden).length;
      counted.textContent = shown === items.length ? `${shown}` : `${shown} of ${items.length}`;
    }
    for (const jump of document.querySelectorAll(".jumps a")) {
      jump.nextElementSibling.textContent = document.querySelector(`${jump.hash} .count`).textContent;
    }
    unfold(Boolean(wanted || origin) || narrowed);
  }

  function unfold(filtered) {
    if (filtered && !unfolded) unfolded = folds.map((group) => group.open);
    folds.forEach((group, index) => {
      if (filtered) group.open = Boolean(group.querySelector(".change:not([hidden])"));
      else if (unfolded) group.open = unfolded[index];
    });
    if (!filtered) unfolded = null;
  }

  function sentence(found, columns, codes, only) {
    const among = only ? `: those ${subject.marks}` : "";
    const said = `Showing ${found} of ${data.rows.length} roles and ${columns} of ${data.columns.length} permissions`;
    if (found && columns) return `${said}${among}`;
    const others = columns ? 0 : codes.filter(Boolean).length;
    if (only && others) return `${said}${among}. ${others === 1 ? "1 other matches" : `${others} others match`}; select All permissions to show ${others === 1 ? "it" : "them"}.`;
    return `${said}. Nothing matches; select Reset to show all.`;
  }

  function apply() {
    const mode = field("mode");
    subject.view(mode);
    const marked = subject.marked(mode);
    const codes = matching();
    const only = field("columns") === "marked";
    const columns = data.columns.map((_, index) => index).filter((index) => codes[index] && (!only || marked.columns[index]));
    const found = lines(marked);
    matrix.show(found.lines, columns, found.texts, mode, Boolean(field("role") || field("code")));
    list(codes);
    byId("shown").textContent = sentence(found.count, columns.length, codes, only);
  }

  /* The address */

  function state() {
    const shown = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== defaults.get(name)) shown.set(name, value);
    return shown.toString();
  }

  function keep(push) {
    const shown = state();
    if (`#?${shown}` === location.hash || (!shown && !location.hash.startsWith("#?"))) return;
    const address = shown ? `#?${shown}` : location.pathname + location.search;
    try {
      history[push ? "pushState" : "replaceState"](null, "", address);
    } catch { /* some viewers keep a page from changing its address; filters work without */ }
  }

  function restore() {
    const wanted = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
    for (const [name, value] of defaults) {
      const control = form.elements[name];
      control.value = wanted.get(name) ?? value;
      if (control.value !== (wanted.get(name) ?? value)) control.value = value; // an address from another page
    }
    apply();
  }

  function changed({ target }) {
    if (target.form !== form) return;
    apply();
    keep(target.type !== "search"); // Back does not undo letter by letter
  }

  document.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(() => { apply(); keep(true); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("popstate", restore);

  /* Links within the page leave its address alone, where the filters are */
  document.addEventListener("click", (event) => {
    const target = event.target.closest('a[href^="#"]');
    if (!target) return;
    event.preventDefault();
    const place = byId(target.hash.slice(1));
    if (place.tagName === "DETAILS") place.open = true;
    jump(place);
    (place.querySelector("summary, [tabindex]") || place).focus({ preventScroll: true });
  });

  /* Nothing that a jump or the keyboard leads to is behind the bar, which a low window (matrix.css) does not keep in view:
     that alone does not change its size */
  const bar = byId("bar");
  const pad = () => {
    const above = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
    document.documentElement.style.scrollPaddingTop = `${above + 12}px`;
  };
  new ResizeObserver(pad).observe(bar);
  matchMedia("(max-height: 30rem)").addEventListener("change", pad);

  /* On a narrow screen the filters wait behind a button */
  const toggle = byId("b-filters");
  toggle.addEventListener("click", () => {
    const open = byId("bar").classList.toggle("open");
    toggle.setAttribute("aria-expanded", open);
  });

  return { restore, field };
})();
