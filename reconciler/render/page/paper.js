"use strict";
/* The matrix for elsewhere: on paper and as CSV. Both have what the filters show. */
(() => {
  const ACROSS = 40; // columns that are legible beside the roles on A4 in landscape
  const DOWN = 26; // lines below a head of usual height; a browser repeats no head that is as tall as this one
  const FEW = 4; // lines; a sheet with fewer is not worth its head
  const [WIDE, HIGH] = [273, 189]; // millimetres of A4 in landscape inside the margins of print.css, with one to spare
  const MOST = 200_000; // cells; more than a browser prints in reasonable time
  const paper = byId("paper");

  function word(row, column) {
    const kind = subject.cell(row, column, matrix.mode());
    return kind && subject.words[kind];
  }

  /* On paper. Columns are split over tables, between categories where possible, and lines where a page ends. Each sheet
     repeats its head. */

  function across() {
    const found = [[]];
    for (const column of matrix.columns()) {
      const last = found.at(-1);
      const size = matrix.columns().filter((other) => groupOf[other] === groupOf[column]).length;
      const starts = !last.length || groupOf[last.at(-1)] !== groupOf[column];
      if (last.length === ACROSS || (starts && last.length && last.length + Math.min(size, ACROSS) > ACROSS)) found.push([column]);
      else last.push(column);
    }
    return found.filter((columns) => columns.length);
  }

  /** How many lines fit below the head of these columns: the longer a code or a category, the taller the head. */
  function room(columns) {
    const codes = Math.max(...columns.map((column) => data.columns[column].code.length * 1.38));
    const names = heads.sizes(columns).map(([index, size]) => (isNarrow(index, size) ? groups[index].name.length * 1.6 : 4.5));
    const head = 6 + Math.min(46, codes) + Math.min(46, Math.max(...names)); // millimetres, as in print.css
    return Math.min(DOWN, Math.floor((176 - head) / 4.5));
  }

  const isNarrow = (index, size) => size * 2.6 < groups[index].name.length;
  const textLines = ({ name }) => (name.length <= 24 ? 1 : Math.ceil((name.length + 10) / 26));

  const height = (line) => (line < 0 ? 1 : textLines(data.rows[line]));

  /** How many lines of these columns fit on the first sheet of paper, below what precedes the matrix: measured as printed. */
  function begun(columns) {
    const lines = matrix.lines().slice(0, DOWN);
    const ours = [...document.styleSheets].filter((each) => each.ownerNode && each.ownerNode.tagName === "STYLE");
    const rules = ours.flatMap((each) => [...each.cssRules]); // those of an extension may not be read
    const print = rules.filter((rule) => rule.media && rule.media.mediaText === "print");
    const switched = (media, width) => {
      for (const rule of print) rule.media.mediaText = media;
      document.body.style.width = width;
    };
    paper.replaceChildren(sheet(lines, columns));
    switched("all", `${WIDE}mm`);
    const end = document.body.getBoundingClientRect().top + (HIGH * 96) / 25.4;
    const fit = [...paper.querySelectorAll("tbody tr")].filter((row) => row.getBoundingClientRect().bottom < end);
    switched("print", "");
    return lines.slice(0, fit.length).reduce((sum, line) => sum + height(line), 0);
  }

  /** The lines of each sheet, about as many on each, and none of them ends with the title of a section. The first has
      what `first` leaves room for, if that is worth it. */
  function down(room, first) {
    const lines = matrix.lines();
    const tall = lines.map(height);
    const all = tall.reduce((sum, each) => sum + each, 0);
    const evenly = (rest) => Math.ceil(rest / Math.ceil(rest / room)) + 1; // with the title that a sheet repeats
    const begins = first < all && first >= 2 * FEW ? Math.min(first, all - FEW) : 0;
    let most = begins || evenly(all);
    const found = [[]];
    let [section, taken] = [0, 0];
    lines.forEach((line, at) => {
      if (line < 0) section = line;
      if (taken && taken + tall[at] > most) {
        if (begins && found.length === 1) most = evenly(all - taken);
        if (found.at(-1).at(-1) < 0) found.at(-1).pop();
        found.push(line < 0 ? [] : [section]);
        taken = 1;
      }
      found.at(-1).push(line);
      taken += tall[at];
    });
    return found;
  }

  function legend(columns) {
    const line = element("tr", "", "legends");
    const place = element("th");
    place.colSpan = columns.length + 1;
    for (const [kind, text] of subject.legend) place.append(element("span", "", `mark ${kind}`), ` ${text} `);
    line.append(place);
    return line;
  }

  function sheet(lines, columns) {
    const made = element("table", "", "sheet");
    const widths = element("colgroup");
    widths.append(element("col", "", "who"), element("col"));
    widths.lastChild.span = columns.length;
    made.style.setProperty("--n", columns.length);
    made.append(widths);
    const head = made.createTHead();
    const top = element("tr", "", "groups");
    top.append(element("td"));
    for (const [index, size] of heads.sizes(columns)) {
      const name = element("th", "", isNarrow(index, size) ? "narrow" : "");
      name.colSpan = size;
      name.append(element("span", groups[index].name));
      top.append(name);
    }
    const codes = element("tr", "", "codes");
    codes.append(element("th", "Role"));
    for (const column of columns) {
      const code = element("th");
      code.append(heads.codeText(data.columns[column]));
      code.style.setProperty("--code", `${Math.min(6.5, Math.max(4, 210 / data.columns[column].code.length))}pt`);
      codes.append(code);
    }
    head.append(legend(columns), top, codes);
    const body = made.createTBody();
    for (const number of lines) body.append(number < 0 ? section(number, columns) : printed(data.rows[number], columns));
    return made;
  }

  function section(number, columns) {
    const made = element("tr", "", "s");
    const title = element("td", matrix.text(-1 - number).join(" "));
    title.colSpan = columns.length + 1;
    made.append(title);
    return made;
  }

  function printed(row, columns) {
    const made = element("tr", "", subject.changed(row) ? "c" : "");
    made.append(matrix.roleElement(row));
    let group = groupOf[columns[0]];
    for (const column of columns) {
      const cell = element("td", "", subject.cell(row, column, matrix.mode()));
      if (groupOf[column] !== group) cell.classList.add("first");
      group = groupOf[column];
      made.append(cell);
    }
    return made;
  }

  function print() {
    const size = matrix.lines().length * matrix.columns().length;
    if (size > MOST) {
      paper.replaceChildren(element("p", "The matrix is too large to print. Filter it first, or download it as CSV."));
      return;
    }
    const made = (columns, at) => down(room(columns), at ? 0 : begun(columns)).map((lines) => sheet(lines, columns));
    paper.replaceChildren(...across().flatMap(made));
  }

  addEventListener("beforeprint", print);
  addEventListener("afterprint", () => paper.replaceChildren());

  /* As CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe, as in `report --format csv`. */

  function written(text) {
    const inert = /^[=+\-@]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
  }

  function csv() {
    const columns = matrix.columns();
    const rows = [["role", "id", "group", ...columns.map((column) => data.columns[column].code)]];
    for (const number of matrix.lines()) {
      if (number < 0) continue;
      const row = data.rows[number];
      const title = data.sections[sectionOf[number]].title;
      rows.push([row.name, row.id || "", title, ...columns.map((column) => word(row, column))]);
    }
    return rows.map((row) => `${row.map(written).join(",")}\r\n`).join("");
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // an address that is not secure, such as http:
      const field = element("textarea", text);
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  }

  byId("copy").addEventListener("click", async ({ target }) => {
    target.textContent = (await copied(csv())) ? "Copied" : "Not copied; use Download";
    setTimeout(() => { target.textContent = "Copy"; }, 2000);
  });
  byId("download").addEventListener("click", () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "matrix.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
})();
