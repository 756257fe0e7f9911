"use strict";
/* The matrix: rows are drawn as they come into view, and so are columns where there are many. So 10,000 roles by 800
   permissions scroll like ten by ten. A small matrix is drawn whole, and the browser's own search finds all of it. */
const matrix = (() => {
  const CELL = 24;
  const LINE = 26;
  const WHOLE = 6_000; // up to so many cells are drawn at once
  const STEP = 16; // columns come and go by so many
  const AHEAD = 10; // lines above and below the view

  const table = byId("matrix");
  const scroll = byId("scroll");
  const head = table.createTHead();
  const body = table.createTBody();
  const drawn = new Map(); // lines by their element's position in `lines`
  const positions = new WeakMap();
  let lines = []; // a row's number, or -1 - the number of a section
  let lineOf = new Map();
  let columns = []; // the numbers of the columns that are shown
  let columnOf = new Map();
  let texts = []; // what each section's head says
  let mode = "";
  let range = [0, 0];

  function roleElement(row) {
    const made = element("th");
    made.scope = "row";
    made.title = row.name;
    made.setAttribute("aria-colindex", 1);
    if (row.kind) {
      made.append(element("span", "", `sign ${row.kind}`));
      made.firstChild.setAttribute("aria-hidden", "true");
    }
    const name = element("span", "", "role");
    name.append(element("bdi", row.name));
    made.append(name);
    if (row.twin) {
      const id = element("span", " id ", "id");
      id.append(element("bdi", row.id));
      made.append(id);
    }
    const counts = element("span", "", "counts");
    for (const [kind, text] of subject.counts(row)) if (text) counts.append(element("span", text, kind), " ");
    made.append(" ", counts);
    if (row.refused) made.append(element("span", "refused", "tag refused"));
    if (row.fate) made.append(" ", element("span", row.fate, "word"));
    return made;
  }

  function sectionElement(position) {
    const [words, count] = texts[-1 - lines[position]];
    const made = element("tr", "", "s");
    const title = element("td");
    title.colSpan = columns.length + 1;
    title.append(element("span", `${words} `));
    title.firstChild.append(element("small", count));
    made.append(title);
    return made;
  }

  /* Cells are made once: a line that leaves the view is filled with what comes into it, where that differs. */
  function rowElement(position, spare) {
    const row = data.rows[lines[position]];
    const made = spare ?? element("tr");
    made.className = subject.changed(row) ? "w c" : "w";
    if (spare) made.firstChild.replaceWith(roleElement(row));
    else made.append(roleElement(row));
    fill(made, row);
    return made;
  }

  function fill(made, row) {
    const size = range[1] - range[0];
    while (made.cells.length > size + 1) made.lastChild.remove();
    while (made.cells.length < size + 1) made.append(document.createElement("td"));
    made.from ??= [];
    made.kinds ??= [];
    for (let at = 0, cell = made.children[1]; at < size; at += 1, cell = cell.nextSibling) {
      const kind = subject.cell(row, columns[range[0] + at], mode);
      if (made.kinds[at] !== kind) {
        made.kinds[at] = kind;
        cell.className = kind;
        cell.ariaLabel = subject.words[kind];
      }
      if (made.from[at] !== range[0]) {
        made.from[at] = range[0];
        cell.ariaColIndex = range[0] + at + 2;
      }
    }
    made.kinds.length = size;
    made.from.length = size;
  }

  function lineElement(position, spare) {
    const made = lines[position] < 0 ? sectionElement(position) : rowElement(position, spare.pop());
    made.ariaRowIndex = position + 3;
    positions.set(made, position);
    return made;
  }

  /* Heads: categories over codes. A category that is too narrow for its name has it upright, as codes are. */
  function headElements() {
    const top = element("tr", "", "groups");
    const codes = element("tr", "", "codes w");
    top.setAttribute("aria-rowindex", 1);
    codes.setAttribute("aria-rowindex", 2);
    top.append(document.createElement("td"));
    for (const [index, size] of sizes()) {
      const made = element("th", "", size * CELL < groups[index].name.length * 7.6 + 12 ? "narrow" : "");
      made.scope = "colgroup";
      made.colSpan = size;
      made.title = groups[index].name;
      made.style.setProperty("--n", size);
      made.append(element("span", groups[index].name));
      top.append(made);
    }
    const corner = element("th", "Role");
    corner.scope = "col";
    codes.append(corner);
    for (let at = range[0]; at < range[1]; at += 1) codes.append(codeElement(columns[at], at));
    head.replaceChildren(top, codes);
  }

  function codeElement(number, at) {
    const column = data.columns[number];
    const made = element("th");
    made.scope = "col";
    made.setAttribute("aria-colindex", at + 2);
    if (column.name) made.title = column.name;
    const first = at === 0 || groupOf[columns[at - 1]] !== groupOf[number];
    if (first) made.classList.add("first");
    made.append(codeText(column));
    return made;
  }

  /* A code with its last part in bold */
  function codeText(column) {
    const text = element("span");
    const dot = column.code.lastIndexOf(".") + 1;
    const action = element("b", column.code.slice(dot));
    if (column.sensitive) action.append(" ⚠", element("span", " sensitive", "word"));
    text.append(element("i", column.code.slice(0, dot)), action);
    return text;
  }

  /** The categories that are shown, each with its number of columns. */
  function sizes(shown = columns) {
    const found = new Map();
    for (const number of shown) found.set(groupOf[number], (found.get(groupOf[number]) || 0) + 1);
    return [...found];
  }

  /* Where categories begin, as one picture: cheaper than a border on each cell */
  function stripes() {
    const stops = ["transparent 0 var(--first)"];
    let start = 0;
    for (const [index, [, size]] of sizes().entries()) {
      const left = `calc(var(--first) + ${start * CELL}px)`;
      start += size;
      const right = `calc(var(--first) + ${start * CELL}px)`;
      stops.push(`var(--edge) ${left} calc(${left} + 1px)`, `${index % 2 ? "var(--band)" : "transparent"} calc(${left} + 1px) ${right}`);
    }
    return `linear-gradient(90deg, ${stops.join(",")}, transparent 0)`;
  }

  function columnRange() {
    if (lines.length * columns.length <= WHOLE || columns.length <= 4 * STEP) return [0, columns.length];
    const left = Math.floor(scroll.scrollLeft / CELL / STEP) - 1;
    const right = Math.ceil((scroll.scrollLeft + scroll.clientWidth) / CELL / STEP) + 1;
    return [Math.max(0, left * STEP), Math.min(columns.length, right * STEP)];
  }

  function lineRange() {
    if (lines.length * columns.length <= WHOLE) return [0, lines.length];
    const first = Math.floor(scroll.scrollTop / LINE) - AHEAD;
    return [Math.max(0, first), Math.min(lines.length, first + Math.ceil(scroll.clientHeight / LINE) + 2 * AHEAD)];
  }

  /** Draw what is in view; with `again`, also what is drawn already. */
  function draw(again = false) {
    const focused = table.contains(document.activeElement) && document.activeElement;
    const [from, to] = columnRange();
    const spare = [];
    if (again || from !== range[0] || to !== range[1]) {
      range = [from, to];
      table.style.setProperty("--from", from);
      headElements();
    }
    const [first, last] = lineRange();
    for (const [position, made] of drawn) {
      if (!again && position >= first && position < last) {
        if (made.className !== "s" && (made.from[0] !== from || made.from.length !== to - from)) fill(made, data.rows[lines[position]]);
        continue;
      }
      made.remove();
      drawn.delete(position);
      if (made.className !== "s") spare.push(made);
    }
    let next = body.firstElementChild;
    for (let position = first; position < last; position += 1) {
      if (drawn.has(position)) next = drawn.get(position).nextElementSibling;
      else {
        const made = lineElement(position, spare);
        drawn.set(position, made);
        body.insertBefore(made, next);
      }
    }
    body.style.paddingTop = `${first * LINE}px`;
    matrix.onDrawn(Boolean(focused));
  }

  scroll.addEventListener("scroll", () => draw(), { passive: true });
  new ResizeObserver(() => draw()).observe(scroll);

  return {
    table,
    head,
    scroll,
    groupSizes: sizes,
    codeText,
    roleElement,
    onDrawn() {},

    /** Show these lines and columns, with these words in the heads of sections. */
    show(newLines, newColumns, newTexts, newMode) {
      [lines, columns, texts, mode] = [newLines, newColumns, newTexts, newMode];
      lineOf = new Map(lines.map((number, position) => [number, position]));
      columnOf = new Map(columns.map((number, position) => [number, position]));
      table.setAttribute("aria-rowcount", lines.length + 2);
      table.setAttribute("aria-colcount", columns.length + 1);
      table.style.setProperty("--n", columns.length);
      table.style.setProperty("--stripes", stripes());
      table.style.setProperty("--codes", `${Math.max(8, ...columns.map((number) => data.columns[number].code.length + 2 * (data.columns[number].sensitive || 0))) * 7.3 + 14}px`);
      body.style.height = `${lines.length * LINE}px`;
      draw(true);
    },

    lines: () => lines,
    columns: () => columns,
    mode: () => mode,
    text: (section) => texts[section],
    positionOf: (row) => lineOf.get(row),
    columnAt: (column) => columnOf.get(column),

    /** The element of a cell. A row of -1 is the head, a column of -1 the roles. None where it is not drawn. */
    elementOf(row, column) {
      const line = row === -1 ? head.rows[1] : drawn.get(lineOf.get(row));
      if (!line || column === -1) return line?.cells[0];
      const at = columnOf.get(column);
      return at >= range[0] && at < range[1] ? line.cells[at - range[0] + 1] : undefined;
    },

    /** The row and the column of an element, or nothing where it is not a cell. */
    placeOf(cell) {
      const line = cell?.parentElement;
      const number = line === head.rows[1] ? -1 : lines[positions.get(line)];
      if (number === undefined || (number < 0 && line !== head.rows[1])) return undefined;
      return { row: number, column: cell.cellIndex === 0 ? -1 : columns[range[0] + cell.cellIndex - 1] };
    },

    /** Scroll to a cell, which draws it. */
    reach(row, column) {
      const top = head.offsetHeight;
      if (row !== -1) {
        const y = lineOf.get(row) * LINE;
        if (y < scroll.scrollTop) scroll.scrollTop = y;
        else if (y + LINE + top > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = y + LINE + top - scroll.clientHeight;
      }
      if (column !== -1) {
        const first = head.rows[1].cells[0].offsetWidth;
        const x = columnOf.get(column) * CELL;
        if (x < scroll.scrollLeft) scroll.scrollLeft = x;
        else if (x + CELL + first > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = x + CELL + first - scroll.clientWidth;
      }
      draw();
    },

    /** How many columns are out of view at each side. */
    outside() {
      const first = head.rows[1].cells[0].offsetWidth;
      const seen = Math.max(0, scroll.clientWidth - first);
      const left = Math.round(scroll.scrollLeft / CELL);
      return { left, right: Math.max(0, columns.length - Math.floor((scroll.scrollLeft + seen + 1) / CELL)) };
    },
  };
})();
