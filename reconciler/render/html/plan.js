"use strict";
/* What the page of a plan says about a cell, a role and a permission, and what its views show. */
const subject = (() => {
  const before = (row, column) => has(row.before, column);
  const after = (row, column) => has(row.after ?? row.before, column);
  const held = (flag) => (flag ? "held" : "not held");
  const names = (column) => column.name || data.unknown;
  const touched = unionOf(data.rows, (row) => [row.before, row.after ?? row.before]);
  const marked = { rows: data.rows.map((row) => Boolean(row.kind)), columns: touched.columns };
  const what = (row, index) => row.fate || data.sections[sectionOf[index]].title;

  function place(row, number) {
    const line = number === undefined ? undefined : row.lines?.[number];
    if (!row.at) return "";
    return link(Array.isArray(line) ? line : [row.at[0], line ?? row.at[1], row.at[2]]);
  }

  return {
    marks: "that change",
    legend: [["held", "granted before and after"], ["granted", `granted by this ${data.noun}`], ["revoked", `revoked by this ${data.noun}`]],
    listed: document.querySelectorAll(".change"),
    touches: (index, column) => before(data.rows[index], column) !== after(data.rows[index], column),
    findListed: (index) => subject.find(data.rows[index]),
    rowListed: (index) => index,

    find: (row) => `${row.name}\n${row.was || ""}`,
    marked: () => marked,
    view() {},

    /** What a cell shows in a view: nothing, or `h` held, `g` granted, `r` revoked; and the word for it. */
    cell(row, column, mode) {
      const [was, is] = [before(row, column), after(row, column)];
      if (mode !== "changes") return (mode === "before" ? was : is) ? "h" : "";
      return was ? (is ? "h" : "r") : is ? "g" : "";
    },
    words: { "": "not held", h: "held", g: "granted", r: "revoked" },

    changed: (row) => Boolean(row.kind),
    counts(row) {
      const now = row.after ?? row.before;
      if (!row.kind) return [["", `${countOf(now)}`]];
      const [plus, minus] = [countOf(now, row.before), countOf(row.before, now)];
      return [["plus", plus ? `+${plus}` : ""], ["minus", minus ? `−${minus}` : ""]];
    },

    cellFacts(row, number, index) {
      const column = data.columns[number];
      const [was, is] = [before(row, number), after(row, number)];
      return [
        ["Before → after", `${held(was)} → ${held(is)}`], ["Permission", names(column)],
        ["What it allows", column.description], ["Category", column.category], ["Role", what(row, index)],
        ["Where", place(row, is && !was ? number : undefined)], ["Origin", row.from?.[number]],
        ["Why", was !== is && row.origin], ["Refused", was !== is && row.refused],
      ];
    },

    roleFacts(row, index) {
      return [
        ["Role", what(row, index)], ["Id", row.id], ["Renamed from", row.was], ["Description", row.description],
        ["Permissions before → after", `${countOf(row.before)} → ${countOf(row.after ?? row.before)}`],
        ["Where", place(row)], ["Why", row.origin], ["Refused", row.refused],
      ];
    },

    permissionFacts(number) {
      const column = data.columns[number];
      const who = (test) => data.rows.filter((row) => test(row, number)).map((row) => row.name);
      return [
        ["Permission", names(column)], ["What it allows", column.description], ["Category", column.category],
        ["Roles before → after", `${who(before).length} → ${who(after).length}`],
        ["Roles after", who(after).join(", ") || "none"],
      ];
    },
  };
})();
