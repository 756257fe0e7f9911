"use strict";
/* The pointer, the keyboard and the details. No cell has its own listener; the column under the pointer is one element. */
(() => {
  const { table, head, scroll } = matrix;
  const dock = byId("dock");
  const strip = element("div");
  let at = { row: -1, column: -1 };

  /* The column under the pointer */

  strip.id = "strip";
  strip.hidden = true;
  table.after(strip);

  function markColumn(cell) {
    for (const old of head.querySelectorAll(".at")) old.classList.remove("at");
    const place = matrix.placeOf(cell);
    strip.hidden = !place || place.column === -1;
    if (strip.hidden) return;
    strip.style.left = `${cell.offsetLeft}px`;
    strip.style.height = `${table.offsetHeight}px`;
    matrix.elementOf(-1, place.column).classList.add("at");
  }

  table.addEventListener("pointerover", (event) => markColumn(event.target.closest("td, th")));
  table.addEventListener("pointerleave", () => markColumn(null));

  /* The keyboard: one stop for Tab, arrows from there (WAI-ARIA Authoring Practices, grid). A cell that is scrolled out of
     view is not there; the table takes its place until it comes back. */

  function stop() {
    for (const old of table.querySelectorAll("[tabindex]")) old.removeAttribute("tabindex");
    const cell = matrix.elementOf(at.row, at.column);
    if (cell) cell.tabIndex = 0;
    table.tabIndex = cell ? -1 : 0;
    return cell;
  }

  function go(place) {
    at = place;
    matrix.reach(at.row, at.column);
    stop().focus();
  }

  matrix.onDrawn = (focused) => {
    const rows = matrix.lines();
    if (at.row !== -1 && matrix.positionOf(at.row) === undefined) at.row = rows.find((row) => row >= 0) ?? -1;
    if (at.column !== -1 && matrix.columnAt(at.column) === undefined) at.column = -1;
    const cell = stop();
    if (focused && document.activeElement !== cell) (cell || table).focus({ preventScroll: true });
    markColumn(null);
    const padding = `${head.offsetHeight + 4}px 2rem 1rem ${head.rows[1].cells[0].offsetWidth + 8}px`;
    if (scroll.dataset.padding !== padding) scroll.style.scrollPadding = scroll.dataset.padding = padding;
    edges();
  };

  /** The next of `list` in a direction, at most `by` further, that `fits`. */
  function step(list, from, by, fits) {
    let last = from;
    for (let index = from + Math.sign(by), left = Math.abs(by); left && index >= 0 && index < list.length; index += Math.sign(by)) {
      if (!fits(list[index])) continue;
      last = index;
      left -= 1;
    }
    return last;
  }

  function move(down, right) {
    const rows = [null, ...matrix.lines()]; // the head comes first
    const columns = [-1, ...matrix.columns()];
    const line = step(rows, at.row === -1 ? 0 : matrix.positionOf(at.row) + 1, down, (row) => row === null || row >= 0);
    const column = step(columns, at.column === -1 ? 0 : matrix.columnAt(at.column) + 1, right, () => true);
    go({ row: rows[line] ?? -1, column: columns[column] });
  }

  const FAR = 1e9;
  const MOVES = {
    ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    PageDown: [10, 0], PageUp: [-10, 0], Home: [0, -FAR], End: [0, FAR],
  };

  table.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") show();
    else if (event.key in MOVES) {
      const [down, right] = MOVES[event.key];
      move(event.ctrlKey && Math.abs(right) === FAR ? right : down, right);
    } else return;
    event.preventDefault();
  });
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td, th");
    const place = matrix.placeOf(cell);
    if (!place) return;
    at = place;
    markColumn(cell);
    if (!dock.hidden) show();
  });
  table.addEventListener("click", (event) => {
    const place = matrix.placeOf(event.target.closest("td, th"));
    if (!place) return;
    go(place);
    show();
  });

  /* Columns that are out of view */

  function edges() {
    const { left, right } = matrix.outside();
    byId("left").hidden = left === 0;
    byId("right").hidden = right === 0;
    byId("more").hidden = right === 0;
    byId("more").textContent = `${right} more to the right →`;
  }
  byId("more").addEventListener("click", () => {
    scroll.scrollBy({ left: Math.max(48, scroll.clientWidth - head.rows[1].cells[0].offsetWidth - 48) });
  });
  scroll.addEventListener("scroll", edges, { passive: true });

  /* The details */

  let shown = {}; // the place that they are about
  let listItem;

  /** Show the details of the place. Those that are there stay: a window that gets the focus back tells its cell so again. */
  function show() {
    if (!dock.hidden && shown.row === at.row && shown.column === at.column) return;
    shown = { ...at };
    const row = data.rows[at.row];
    const column = data.columns[at.column];
    let facts = [];
    if (row && column) facts = subject.cellFacts(row, at.column, at.row);
    else if (row) facts = subject.roleFacts(row, at.row);
    else if (column) facts = subject.permissionFacts(at.column);
    const list = element("dl");
    for (const [label, value] of facts) {
      if (!value) continue;
      const pair = element("div");
      const shown = element("dd");
      shown.append(value);
      pair.append(element("dt", label), shown);
      list.append(pair);
    }
    const title = [row && row.name, column && column.code].filter(Boolean).join(" · ") || "Roles";
    byId("details").replaceChildren(element("h2", title), list);
    listItem = row ? [...subject.listed].find((_, index) => subject.rowListed(index) === at.row) : undefined;
    byId("to-list").hidden = !listItem;
    dock.hidden = false;
    document.body.style.paddingBottom = `${dock.offsetHeight + 32}px`;
    document.documentElement.style.scrollPaddingBottom = `${dock.offsetHeight + 8}px`; // the cell stays in view above it
    matrix.elementOf(at.row, at.column)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function close() {
    dock.hidden = true;
    document.body.style.paddingBottom = document.documentElement.style.scrollPaddingBottom = "";
    if (dock.contains(document.activeElement) || document.activeElement === document.body) (stop() || table).focus();
  }

  byId("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !dock.hidden) close();
  });

  /* From a change to its row, and back */

  byId("to-list").addEventListener("click", () => {
    const fold = listItem.closest("details");
    if (fold) fold.open = true;
    close();
    jump(listItem);
    const target = listItem.querySelector("button") ?? listItem;
    if (target === listItem) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  });
  subject.listed.forEach((item, index) => {
    const place = item.querySelector(".what");
    if (!place) return;
    const button = element("button", "In the matrix", "quiet jump");
    button.type = "button";
    button.setAttribute("aria-label", `In the matrix: ${data.rows[subject.rowListed(index)].name}`); // or all are called alike
    button.addEventListener("click", () => {
      byId("who").scrollIntoView();
      go({ row: subject.rowListed(index), column: -1 });
    });
    place.append(button);
  });

  /* Now that it works, offer it */
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Roles by permissions; arrow keys move, Enter shows details");
  byId("needs").hidden = true;
  for (const id of ["filters", "b-filters", "tools", "frame"]) byId(id).hidden = false;
  filters.restore();
  const first = matrix.lines().find((row) => row >= 0);
  if (first !== undefined) at = { row: first, column: -1 };
  stop();
})();
