"use strict";
/* What the scripts of a page share: its data, sets of columns, and elements. Data goes into the page by textContent and by
   attributes that hold text, never as HTML. */
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const fold = (text) => text.normalize("NFKC").toLowerCase();
const SCALE = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // above 1 for a reader who wants larger letters

/* A set of columns: six in each character of base64, the first in the highest bit; a column behind the last character is not in it.
   `bits.py` writes it. */
const SIXES = new Uint8Array(128);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((letter, six) => {
  SIXES[letter.charCodeAt(0)] = six;
});
const six = (set, at) => (set && at < set.length ? SIXES[set.charCodeAt(at)] : 0);
const has = (set, column) => ((six(set, Math.floor(column / 6)) >> (5 - (column % 6))) & 1) === 1;
const WIDTH = Math.ceil(data.columns.length / 6);

/** The columns in any of the differences between two sets, one pair a row, and which of the rows have such a column. */
function unionOf(rows, pair) {
  const found = new Uint8Array(WIDTH);
  const marked = rows.map((row) => {
    const [one, other] = pair(row);
    let any = 0;
    for (let at = 0; at < WIDTH; at += 1) {
      const differs = six(one, at) ^ six(other, at);
      found[at] |= differs;
      any |= differs;
    }
    return any !== 0;
  });
  return { rows: marked, columns: data.columns.map((_, column) => ((found[Math.floor(column / 6)] >> (5 - (column % 6))) & 1) === 1) };
}

/** How many columns a set has that another one does not have. */
function countOf(set = "", without = "") {
  let count = 0;
  for (let at = 0; at < set.length; at += 1) {
    for (let left = six(set, at) & ~six(without, at); left; left &= left - 1) count += 1;
  }
  return count;
}

function element(name, text = "", classes = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (classes) made.className = classes;
  return made;
}

/** A place in a role file, `[path, line, URL of the file]`, as text or as a link. */
function link([path, line, href]) {
  const made = element(href ? "a" : "span", `${path}:${line}`);
  if (href) made.href = `${href}#L${line}`;
  return made;
}

/** Scroll to an element, and again until it stays there: the height of what is far away is an estimate until it comes near. */
function jump(place) {
  let [calm, left] = [0, 60];
  (function again() {
    const { top } = place.getBoundingClientRect();
    place.scrollIntoView();
    calm = Math.abs(place.getBoundingClientRect().top - top) < 1 ? calm + 1 : 0;
    left -= 1;
    if (left && calm < 4) requestAnimationFrame(again);
  })();
}

/* Categories: neighbours in the order of columns */
const groups = [];
data.columns.forEach(({ category }, column) => {
  if (!groups.length || groups.at(-1).name !== category) groups.push({ name: category, first: column });
});
const groupOf = data.columns.map(() => 0);
groups.forEach(({ first }, index) => groupOf.fill(index, first));

/* Sections: the rows of each, one after another */
const sectionOf = data.sections.flatMap(({ rows }, index) => Array(rows).fill(index));
