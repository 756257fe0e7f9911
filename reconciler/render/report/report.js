"use strict";
/* What the page of a report says about a cell, a role and a permission, and what its views show. */
const subject = (() => {
  const LOOKS = { unreviewed: "held, not reviewed", ends: "held, with an end", findings: "held, with a finding" };
  const entries = document.querySelectorAll(".ledger .entry");
  const numberOf = new Map(data.rows.map((row, index) => [row.name, index]));
  const columnOf = new Map(data.columns.map((column, index) => [column.code, index]));
  const before = (row) => row.before ?? row.held;
  const told = (index) => index !== undefined && data.told[index];
  const names = (column) => column.name || "not in the lock";
  const held = ["held", "held"];
  const marks = {};
  const sets = {
    now: (row) => [row.held],
    changes: (row) => [row.held, before(row)],
    before: (row) => [before(row)],
    unreviewed: (row) => [row.unreviewed],
    ends: (row) => [row.ends],
    findings: (row) => [row.findings],
  };

  function place(row, facts) {
    if (Array.isArray(facts?.where)) return link(facts.where);
    return row.at && link([row.at[0], facts?.where ?? row.at[1], row.at[2]]);
  }

  return {
    marks: "with a mark",
    item: ".entry",
    listed: entries,
    findListed: (index) => data.changes[index][0],
    touches: (index, column) => columnOf.get(data.changes[index][1]) === column,
    rowListed: (index) => numberOf.get(data.changes[index][0]),
    get legend() {
      const spotted = this.words.s ? [["spot", this.words.s]] : [];
      return [held, ...(data.since ? [["granted", `granted since ${data.since}`], ["revoked", "revoked since then"]] : []), ...spotted];
    },

    find: (row) => `${row.name}\n${row.owner || ""}`,
    marked: (mode) => (marks[mode] ??= unionOf(data.rows, sets[mode])),
    words: { "": "not held", h: "held", g: "granted", r: "revoked" },

    view(mode) {
      const look = LOOKS[mode];
      this.words.s = look;
      document.querySelector(".spotted").hidden = !look;
      if (look) byId("spotted").textContent = look;
    },

    /** What a cell shows in a view: nothing, or `h` held, `g` granted, `r` revoked, `s` what the view looks for. */
    cell(row, column, mode) {
      if (mode === "before") return has(before(row), column) ? "h" : "";
      const is = has(row.held, column);
      if (mode === "changes") {
        const was = has(before(row), column);
        return was ? (is ? "h" : "r") : is ? "g" : "";
      }
      if (!is) return "";
      return LOOKS[mode] && has(row[mode], column) ? "s" : "h";
    },

    changed: (row) => row.before !== undefined,
    counts(row) {
      const [plus, minus] = [countOf(row.held, before(row)), countOf(before(row), row.held)];
      return [["plus", plus ? `+${plus}` : ""], ["minus", minus ? `−${minus}` : ""], ["", `${countOf(row.held)}`]];
    },

    cellFacts(row, number) {
      const column = data.columns[number];
      const facts = row.cells?.[number] || {};
      const now = has(row.held, number);
      return [
        ["Now", now ? "held" : "not held"], ["Permission", names(column)], ["What it allows", column.description],
        ["Category", column.category], ["Since", told(facts.since)], ["Where", now && place(row, facts)],
        ["Through", facts.through], ["Reason", facts.reason], ["Until", facts.until],
        ["Last review", now && (told(facts.review) || "this permission was not reviewed")],
        ["Findings", (facts.findings || []).join(", ")], ["Waivers", (facts.waivers || []).join("; ")],
        ["Revoked", told(facts.revoked)],
      ];
    },

    roleFacts(row) {
      const reviews = new Set(Object.values(row.cells || {}).map((facts) => told(facts.review)).filter(Boolean));
      return [
        ["Owner", row.owner], ["Description", row.description], ["Permissions", `${countOf(row.held)}`],
        ["Where", place(row)], ["Last review", [...reviews].join(", ") || "none of these permissions"],
        ["Not reviewed", `${countOf(row.unreviewed)}`],
      ];
    },

    permissionFacts(number) {
      const column = data.columns[number];
      const who = data.rows.filter((row) => has(row.held, number)).map((row) => row.name);
      return [
        ["Permission", names(column)], ["What it allows", column.description], ["Category", column.category],
        ["Roles", `${who.length}`], ["Held by", who.join(", ") || "no role"],
      ];
    },
  };
})();
