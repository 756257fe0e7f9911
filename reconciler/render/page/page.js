"use strict";
/* What a page can do beyond being read: filters, one view at a time, the keyboard, the details. What the page is about
   is `subject`, which the script before this one defines. Data goes into the page by textContent only. No cell has its
   own listener; hidden columns and the column under the pointer are one rule and one element, whatever the size of the
   matrix. */
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("matrix");
  const data = JSON.parse(byId("data").textContent);
  const form = byId("filters");
  const dock = byId("dock");
  const head = table.tHead.rows[1];
  const groupHeads = [...table.tHead.rows[0].cells].slice(1);
  const bodies = [...table.tBodies].map((body) => ({ body, rows: [...body.rows].slice(1) }));
  const rows = bodies.flatMap(({ rows }) => rows);
  const numberOf = new Map(rows.map((row, index) => [row, index]));
  const fold = (text) => text.normalize("NFKC").toLowerCase();

  const about = subject({ table, data, rows, link });
  const roleTexts = data.rows.map((row) => fold(about.find(row)));
  const codeTexts = data.columns.map((column) => fold(`${column.code}\n${column.name}`));
  const groupOf = groupHeads.flatMap((cell, index) => Array(cell.colSpan).fill(index));

  /* Filters */

  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [sheet];
  let shownColumns = data.columns.map(() => true);

  function ranges(flags) {
    const found = [];
    flags.forEach((flag, index) => {
      if (!flag) return;
      const last = found.at(-1);
      if (last && last[1] === index - 1) last[1] = index;
      else found.push([index, index]);
    });
    return found;
  }

  /* Where categories begin; the same picture as `_stripes` in columns.py draws for all columns. */
  function stripes(sizes) {
    let right = "var(--first)";
    let start = 0;
    const stops = sizes.map((size, index) => {
      const left = right;
      start += size;
      right = `calc(var(--first) + ${start}*var(--cell))`;
      return `var(--edge) ${left} calc(${left} + 1px), ${index % 2 ? "var(--band)" : "transparent"} calc(${left} + 1px) ${right}`;
    });
    return `linear-gradient(90deg, ${["transparent 0 var(--first)", ...stops, "transparent 0"].join(",")})`;
  }

  function filterColumns(marked) {
    const wanted = fold(byId("f-code").value.trim());
    const group = byId("f-category").value;
    const only = byId("f-columns").checked;
    shownColumns = data.columns.map((_, index) =>
      codeTexts[index].includes(wanted) &&
      (group === "" || groupOf[index] === Number(group)) &&
      (!only || marked.has(index)));
    const hidden = ranges(shownColumns.map((shown) => !shown))
      .map(([first, last]) => `#matrix#matrix .w > :nth-child(n+${first + 2}):nth-child(-n+${last + 2})`);
    sheet.replaceSync(hidden.length ? `${hidden.join(",")} { display: none }` : "");
    const count = shownColumns.filter(Boolean).length;
    table.style.setProperty("--n", count);
    const sizes = groupHeads.map(() => 0);
    shownColumns.forEach((shown, column) => { sizes[groupOf[column]] += shown; });
    groupHeads.forEach((cell, index) => {
      cell.hidden = sizes[index] === 0;
      cell.colSpan = Math.max(sizes[index], 1);
      cell.style.setProperty("--n", sizes[index]);
    });
    const picture = stripes(sizes.filter(Boolean));
    for (const part of [table, table.tHead]) part.style.setProperty("--stripes", picture);
    for (const cell of table.querySelectorAll(".s th")) cell.colSpan = count + 1;
    const columns = table.querySelector("col[span]");
    if (columns) columns.span = Math.max(count, 1);
    return count;
  }

  function filterRows(marked) {
    const wanted = fold(byId("f-role").value.trim());
    const only = byId("f-rows").checked;
    let count = 0;
    let number = 0;
    for (const { body, rows } of bodies) {
      let here = 0;
      for (const row of rows) {
        const shown = roleTexts[number].includes(wanted) && (!only || marked[number]);
        row.hidden = !shown;
        here += shown;
        number += 1;
      }
      body.hidden = here === 0;
      count += here;
    }
    return count;
  }

  function filter() {
    const marked = about.marked();
    const columns = filterColumns(marked.columns);
    const found = filterRows(marked.rows);
    byId("shown").textContent =
      `Showing ${found} of ${rows.length} roles and ${columns} of ${data.columns.length} permissions` +
      (found && columns ? "" : ". Nothing matches; select Reset to show all.");
    markColumn(null);
    const current = table.querySelector("[tabindex='0']");
    if (current && !current.checkVisibility()) stop(firstCell());
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "mode") about.view(event.target.value);
    filter();
  });
  form.addEventListener("reset", () => setTimeout(() => { about.view(form.elements.mode.value); filter(); }));
  form.addEventListener("submit", (event) => event.preventDefault());

  /* The column under the pointer */

  const strip = document.createElement("div");
  strip.id = "strip";
  strip.hidden = true;
  table.after(strip);

  function markColumn(cell) {
    for (const old of head.querySelectorAll(".at")) old.classList.remove("at");
    strip.hidden = !canStop(cell) || cell.cellIndex === 0;
    if (strip.hidden) return;
    strip.style.left = `${cell.offsetLeft}px`;
    strip.style.height = `${table.offsetHeight}px`;
    head.cells[cell.cellIndex].classList.add("at");
  }

  table.addEventListener("pointerover", (event) => markColumn(event.target.closest("td, th")));
  table.addEventListener("pointerleave", () => markColumn(null));

  /* The keyboard: one stop for Tab, arrows from there (WAI-ARIA Authoring Practices, grid) */

  const canStop = (cell) => cell && (cell.parentElement === head || numberOf.has(cell.parentElement));
  const firstCell = () => (rows.find((row) => !row.hidden) || head).cells[0];

  function stop(cell) {
    for (const old of table.querySelectorAll("[tabindex='0']")) old.tabIndex = -1;
    cell.tabIndex = 0;
  }

  function go(cell) {
    stop(cell);
    cell.focus();
  }

  function step(list, from, by, limit) {
    let last = from;
    for (let index = from + Math.sign(by), left = Math.abs(by); left && index >= 0 && index < limit; index += Math.sign(by)) {
      if (!list(index)) continue;
      last = index;
      left -= 1;
    }
    return last;
  }

  function move(cell, down, right) {
    const lines = [head, ...rows];
    const line = step((i) => !lines[i].hidden, lines.indexOf(cell.parentElement), down, lines.length);
    const column = step((i) => i === 0 || shownColumns[i - 1], cell.cellIndex, right, data.columns.length + 1);
    go(lines[line].cells[column]);
  }

  const FAR = 1e6;
  const MOVES = {
    ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    PageDown: [10, 0], PageUp: [-10, 0], Home: [0, -FAR], End: [0, FAR],
  };

  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td, th");
    if (!canStop(cell) || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") show(cell);
    else if (event.key in MOVES) {
      const [down, right] = MOVES[event.key];
      move(cell, event.ctrlKey && Math.abs(right) === FAR ? right : down, right);
    } else return;
    event.preventDefault();
  });
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td, th");
    if (cell.tagName === "TD") cell.ariaLabel = cell.textContent ? null : "not held";
    markColumn(cell);
    if (!dock.hidden) show(cell);
  });
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td, th");
    if (!canStop(cell)) return;
    show(cell);
    go(cell);
  });

  /* The details */

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function link([at, href]) {
    const made = element(href ? "a" : "span", at);
    if (href) Object.assign(made, { href, rel: "noopener noreferrer" });
    return made;
  }

  function show(cell) {
    const row = data.rows[numberOf.get(cell.parentElement)];
    const column = data.columns[cell.cellIndex - 1];
    const facts = row && column ? about.cell(cell, row, column) : row ? about.role(cell, row) : column ? about.permission(cell, column) : [];
    const list = document.createElement("dl");
    for (const [label, value] of facts) {
      if (!value) continue;
      const pair = document.createElement("div");
      const shown = document.createElement("dd");
      shown.append(value);
      pair.append(element("dt", label), shown);
      list.append(pair);
    }
    const title = [row && row.name, column && column.code].filter(Boolean).join(" · ") || "Roles";
    byId("details").replaceChildren(element("h3", title), list);
    dock.hidden = false;
    document.body.style.paddingBottom = `${dock.offsetHeight + 32}px`;
  }

  function close() {
    dock.hidden = true;
    document.body.style.paddingBottom = "";
    const cell = table.querySelector("[tabindex='0']");
    if (dock.contains(document.activeElement) || document.activeElement === document.body) cell.focus();
  }

  byId("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !dock.hidden) close();
  });

  /* Now that it works, offer it */
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Roles by permissions; arrow keys move, Enter shows details");
  form.hidden = false;
  stop(firstCell());
  filter();
})();
