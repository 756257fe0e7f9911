"use strict";
/* What the page of a report says about a cell, a role and a permission, and what its views show. */
const subject = ({ table, data, rows, link }) => {
  const WORDS = {
    after: { g: "held", r: "" },
    changes: { g: "granted", r: "revoked" },
    before: { g: "", r: "held" },
  };
  const LOOKS = {
    unreviewed: ["td.u", "held, not reviewed"],
    ends: ["td.e", "held, with an end"],
    findings: ["td.f", "held, with a finding"],
  };
  const cells = (selector) => [...table.querySelectorAll(selector)];
  const changed = cells("td.g, td.r");
  let spotted = [];

  const word = (cell, mode) => {
    const kind = ["g", "r"].find((name) => cell.classList.contains(name));
    return kind ? WORDS[mode][kind] : "held";
  };
  const holds = (cell) => Boolean(cell) && (cell.classList.contains("h") || cell.classList.contains("g"));
  const told = (index) => index !== undefined && data.told[index];
  const names = (column) => column.name || "not in the lock";

  return {
    find: (row) => `${row.name}\n${row.owner}`,

    marked() {
      const mode = table.dataset.mode;
      const marks = table.dataset.look ? spotted : mode === "changes" ? changed : cells("td[class]").filter((cell) => cell.textContent);
      const found = new Set(marks.map((cell) => cell.parentElement));
      return { rows: rows.map((row) => found.has(row)), columns: new Set(marks.map((cell) => cell.cellIndex - 1)) };
    },

    view(view) {
      const look = LOOKS[view];
      const mode = look || view === "now" ? "after" : view;
      table.dataset.mode = mode;
      if (look) table.dataset.look = view;
      else delete table.dataset.look;
      for (const cell of [...spotted, ...changed]) cell.textContent = word(cell, mode);
      spotted = look ? cells(look[0]) : [];
      for (const cell of spotted) cell.textContent = look[1];
      if (look) document.getElementById("spotted").textContent = look[1];
    },

    cell(cell, row, column) {
      const facts = row.cells[cell.cellIndex - 1] || {};
      const now = holds(cell);
      return [
        ["Now", now ? "held" : "not held"], ["Permission", names(column)], ["What it allows", column.description],
        ["Category", column.category], ["Since", told(facts.since)], ["Where", facts.where && link(facts.where)],
        ["Through", facts.through], ["Reason", facts.reason], ["Until", facts.until],
        ["Last review", now && (told(facts.review) || "this permission was not reviewed")],
        ["Findings", (facts.findings || []).join(", ")], ["Waivers", (facts.waivers || []).join("; ")],
        ["Revoked", told(facts.revoked)],
      ];
    },

    role(cell, row) {
      const all = [...cell.parentElement.cells].slice(1);
      const reviews = new Set(Object.values(row.cells).map((facts) => told(facts.review)).filter(Boolean));
      return [
        ["Owner", row.owner], ["Description", row.description], ["Permissions", `${all.filter(holds).length}`],
        ["Where", row.where && link(row.where)], ["Last review", [...reviews].join(", ") || "none of these permissions"],
        ["Not reviewed", `${all.filter((each) => each.classList.contains("u")).length}`],
      ];
    },

    permission(cell, column) {
      const who = rows.map((row, index) => holds(row.cells[cell.cellIndex]) && data.rows[index].name).filter(Boolean);
      return [
        ["Permission", names(column)], ["What it allows", column.description], ["Category", column.category],
        ["Roles", `${who.length}`], ["Held by", who.join(", ") || "no role"],
      ];
    },
  };
};
