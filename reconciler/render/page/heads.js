"use strict";
/* The heads of the matrix: categories over codes. A category that is too narrow for its name has it upright, as codes are. */
const heads = (() => {
  const CELL = 24 * SCALE; // pixels from column to column

  /** The two lines of heads, with the codes of a range of the columns. */
  function elements(columns, range) {
    const top = element("tr", "", "groups");
    const codes = element("tr", "", "codes w");
    top.setAttribute("aria-rowindex", 1);
    codes.setAttribute("aria-rowindex", 2);
    top.append(document.createElement("td"));
    for (const [index, size] of sizes(columns)) {
      const made = element("th", "", size * CELL < (groups[index].name.length * 7.6 + 12) * SCALE ? "narrow" : "");
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
    for (let at = range[0]; at < range[1]; at += 1) codes.append(codeElement(columns, at));
    return [top, codes];
  }

  function codeElement(columns, at) {
    const column = data.columns[columns[at]];
    const made = element("th");
    made.scope = "col";
    made.setAttribute("aria-colindex", at + 2);
    made.title = column.name ? `${column.code}: ${column.name}` : column.code;
    const first = at === 0 || groupOf[columns[at - 1]] !== groupOf[columns[at]];
    if (first) made.classList.add("first");
    made.append(codeText(column));
    return made;
  }

  /** A code with its last part in bold. */
  function codeText(column) {
    const text = element("span");
    const dot = column.code.lastIndexOf(".") + 1;
    const action = element("b", column.code.slice(dot));
    if (column.sensitive) action.append(" ⚠", element("span", " sensitive", "word"));
    text.append(element("i", column.code.slice(0, dot)), action);
    return text;
  }

  /** The categories of columns, each with its number of columns. */
  function sizes(columns) {
    const found = new Map();
    for (const number of columns) found.set(groupOf[number], (found.get(groupOf[number]) || 0) + 1);
    return [...found];
  }

  /** Where categories begin, as one picture: cheaper than a border on each cell. */
  function stripes(columns) {
    const stops = ["transparent 0 var(--first)"];
    let start = 0;
    for (const [index, [, size]] of sizes(columns).entries()) {
      const left = `calc(var(--first) + ${start * CELL}px)`;
      start += size;
      const right = `calc(var(--first) + ${start * CELL}px)`;
      stops.push(`var(--edge) ${left} calc(${left} + 1px)`, `${index % 2 ? "var(--band)" : "transparent"} calc(${left} + 1px) ${right}`);
    }
    const end = `calc(var(--first) + ${start * CELL}px)`; // seen where few columns leave room
    return `linear-gradient(90deg, ${stops.join(",")}, var(--edge) ${end} calc(${end} + 1px), transparent 0)`;
  }

  /** The height of the codes: that of the longest one. */
  function height(columns) {
    const letters = columns.map((number) => data.columns[number]).map(({ code, sensitive }) => code.length + (sensitive ? 2 : 0));
    return `${(Math.max(8, ...letters) * 7.3 + 14) * SCALE}px`;
  }

  /** The width of the column of roles: that of the longest name with what is beside it, within bounds. */
  function width() {
    const widths = data.rows.map((row) => {
      const [letter, beside] = subject.changed(row) ? [8, 104] : [7.3, 70];
      return row.name.length * letter + beside + (row.refused ? 70 : 0);
    });
    return `${Math.min(330, widths.reduce((most, each) => Math.max(most, each), 225)) * SCALE}px`;
  }

  return { CELL, width, sizes, stripes, codeText, elements, height };
})();
