"use strict";
/* The matrix: rows are drawn as they come into view, and so are columns where there are many. So 10,000 roles by 800
   permissions scroll like ten by ten. A small matrix is drawn whole, and the browser's own search finds all of it. */
const matrix = (() => {
  const { CELL } = heads;
  const LINE = 26 * SCALE; // pixels from line to line
  const WHOLE = 6_000; // up to so many cells are drawn at once, the head of a line counting as ten,
  const TYPED = 1_500; // and so many while a search narrows them: each letter may bring other ones
  const STEP = 8; // columns come and go by so many
  const AHEAD = 4; // lines above and below the view

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
  let most = WHOLE;
  let range = [0, 0];
  let headOf; // the columns whose heads are drawn

  byId("frame").style.setProperty("--fit", heads.width());

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

  function sectionElement(position, spare) {
    const [words, count] = texts[-1 - lines[position]];
    const made = spare ?? element("tr", "", "s");
    const title = element("td");
    title.colSpan = columns.length + 1;
    title.append(element("span"));
    title.firstChild.append(element("b", words), " ", element("small", count));
    made.replaceChildren(title);
    return made;
  }

  /* Cells are made once: a line is filled with another row, where that differs. */
  function rowElement(position, spare) {
    const row = data.rows[lines[position]];
    const made = spare ?? element("tr");
    if (made.row !== row) {
      made.row = row;
      made.className = subject.changed(row) ? "w c" : "w";
      if (spare) made.firstChild.replaceWith(roleElement(row));
      else made.append(roleElement(row));
    }
    fill(made);
    return made;
  }

  function fill(made) {
    const size = range[1] - range[0];
    while (made.cells.length > size + 1) made.lastChild.remove();
    while (made.cells.length < size + 1) made.append(document.createElement("td"));
    made.from ??= [];
    made.words ??= [];
    for (let at = 0, cell = made.children[1]; at < size; at += 1, cell = cell.nextSibling) {
      const kind = subject.cell(made.row, columns[range[0] + at], mode);
      if (made.words[at] !== subject.words[kind]) {
        made.words[at] = subject.words[kind];
        cell.className = kind;
        cell.ariaLabel = subject.words[kind];
      }
      if (made.from[at] !== range[0]) {
        made.from[at] = range[0];
        cell.ariaColIndex = range[0] + at + 2;
      }
    }
    made.words.length = size;
    made.from.length = size;
  }

  const isSection = (line) => line?.className === "s";

  function lineElement(position, spare) {
    const made = lines[position] < 0 ? sectionElement(position, spare) : rowElement(position, spare);
    made.ariaRowIndex = position + 3;
    positions.set(made, position);
    drawn.set(position, made);
    return made;
  }

  const whole = () => lines.length * (columns.length + 10) <= most;

  function columnRange() {
    if (whole() || columns.length <= 8 * STEP) return [0, columns.length];
    const left = Math.floor(scroll.scrollLeft / CELL / STEP) - 1;
    const right = Math.ceil((scroll.scrollLeft + scroll.clientWidth) / CELL / STEP) + 1;
    return [Math.max(0, left * STEP), Math.min(columns.length, right * STEP)];
  }

  function lineRange() {
    if (whole()) return [0, lines.length];
    const first = Math.floor(scroll.scrollTop / LINE) - AHEAD;
    return [Math.max(0, first), Math.min(lines.length, first + Math.ceil(scroll.clientHeight / LINE) + 2 * AHEAD)];
  }

  /* What is in view after scrolling: lines that left it are filled with those that came. */
  function draw() {
    const focused = table.contains(document.activeElement);
    const moved = drawHead();
    const [first, last] = lineRange();
    const spare = [];
    for (const [position, made] of drawn) {
      if (position >= first && position < last) {
        if (moved && !isSection(made)) fill(made);
        continue;
      }
      made.remove();
      drawn.delete(position);
      if (!isSection(made)) spare.push(made);
    }
    let next = body.firstElementChild;
    for (let position = first; position < last; position += 1) {
      if (drawn.has(position)) next = drawn.get(position).nextElementSibling;
      else body.insertBefore(lineElement(position, lines[position] < 0 ? undefined : spare.pop()), next);
    }
    body.style.paddingTop = `${first * LINE}px`;
    matrix.onDrawn(focused);
  }

  /* What is in view after a filter: lines are filled where they are. */
  function redraw() {
    const focused = table.contains(document.activeElement);
    drawHead();
    drawn.clear();
    const [first, last] = lineRange();
    let next = body.firstElementChild;
    const drop = () => {
      const line = next;
      next = line.nextElementSibling;
      line.remove();
    };
    for (let position = first; position < last; position += 1) {
      while (lines[position] >= 0 && isSection(next)) drop();
      const spare = next && isSection(next) === lines[position] < 0 ? next : undefined;
      const made = lineElement(position, spare);
      if (spare) next = next.nextElementSibling;
      else body.insertBefore(made, next);
    }
    while (next) drop();
    body.style.paddingTop = `${first * LINE}px`;
    matrix.onDrawn(focused);
  }

  /** Draw the heads, where they differ; returns whether other columns are in view. */
  function drawHead() {
    const [from, to] = columnRange();
    const moved = from !== range[0] || to !== range[1];
    if (moved || headOf !== columns) {
      [range, headOf] = [[from, to], columns];
      table.style.setProperty("--from", from);
      head.replaceChildren(...heads.elements(columns, range));
    }
    return moved;
  }

  scroll.addEventListener("scroll", () => draw(), { passive: true });
  new ResizeObserver(() => draw()).observe(scroll);

  return {
    table,
    head,
    scroll,
    roleElement,
    onDrawn() {},

    /** Show these lines and columns, with these words in the heads of sections; `searched` where a search narrows them. */
    show(newLines, newColumns, newTexts, newMode, searched) {
      [lines, texts, mode, most] = [newLines, newTexts, newMode, searched ? TYPED : WHOLE];
      if (String(newColumns) !== String(columns) || !headOf) columns = newColumns;
      lineOf = new Map(lines.map((number, position) => [number, position]));
      columnOf = new Map(columns.map((number, position) => [number, position]));
      table.setAttribute("aria-rowcount", lines.length + 2);
      table.setAttribute("aria-colcount", columns.length + 1);
      table.style.setProperty("--n", columns.length);
      table.style.setProperty("--stripes", heads.stripes(columns));
      table.style.setProperty("--codes", heads.height(columns));
      body.style.height = `${lines.length * LINE}px`;
      redraw();
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
