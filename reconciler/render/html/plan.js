"use strict";
/* What the page of a plan says about a cell, a role and a permission, and what its views show. */
const subject = ({ table, data, rows, link }) => {
  const changedCells = [...table.querySelectorAll("td.g, td.r")];
  const changed = {
    rows: rows.map((row) => row.classList.contains("c")),
    columns: new Set(changedCells.map((cell) => cell.cellIndex - 1)),
  };
  const WORDS = {
    changes: { g: "granted", r: "revoked" },
    before: { g: "", r: "held" },
    after: { g: "held", r: "" },
  };

  const held = (flag) => (flag ? "held" : "not held");
  const before = (cell) => cell.className === "h" || cell.className === "r";
  const after = (cell) => cell.className === "h" || cell.className === "g";
  const names = (column) => column.name || data.unknown;

  return {
    find: (row) => `${row.name}\n${row.was || ""}`,

    marked: () => changed,

    view(mode) {
      table.dataset.mode = mode;
      for (const cell of changedCells) cell.textContent = WORDS[mode][cell.className];
    },

    cell(cell, row, column) {
      const line = cell.className === "g" && row.lines && row.lines[cell.cellIndex - 1];
      const changed = before(cell) !== after(cell);
      return [
        ["Before → after", `${held(before(cell))} → ${held(after(cell))}`], ["Permission", names(column)],
        ["What it allows", column.description], ["Category", column.category], ["Role", row.what], ["Where", row.at && link(line || [row.at, row.href])],
        ["Why", changed && row.origin], ["Refused", changed && row.refused],
      ];
    },

    role(cell, row) {
      const cells = [...cell.parentElement.cells].slice(1);
      return [
        ["Role", row.what], ["Id", row.id], ["Renamed from", row.was], ["Description", row.description],
        ["Permissions before → after", `${cells.filter(before).length} → ${cells.filter(after).length}`],
        ["Where", row.at && link([row.at, row.href])], ["Why", row.origin], ["Refused", row.refused],
      ];
    },

    permission(cell, column) {
      const who = (test) => rows.map((row, index) => test(row.cells[cell.cellIndex]) && data.rows[index].name).filter(Boolean);
      return [
        ["Permission", names(column)], ["What it allows", column.description], ["Category", column.category],
        ["Roles before → after", `${who(before).length} → ${who(after).length}`],
        ["Roles after", who(after).join(", ") || "none"],
      ];
    },
  };
};
