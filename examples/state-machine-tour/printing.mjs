// What the tour looks like. Colours only where somebody looks.
const isColoured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

/** @param {number} code */
const paint = (code) => (/** @type {string} */ words) => (isColoured ? `\u001B[${code}m${words}\u001B[0m` : words);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const blue = paint(34);

const NAME_WIDTH = 13;
const TEXT_WIDTH = 52;

/** @param {string} title @param {string} what */
export function heading(title, what) {
  console.log(`\n${bold(title)}\n${dim(what)}\n`);
}

/** One line: what it is about, what happened, and how large it was. @param {string} name @param {string} words @param {string} size */
export function row(name, words, size) {
  // Colours take no room on the screen.
  // oxlint-disable-next-line no-control-regex
  const padding = " ".repeat(Math.max(0, TEXT_WIDTH - words.replaceAll(/\u001B\[\d+m/g, "").length));
  console.log(`  ${dim(name.padEnd(NAME_WIDTH))} ${words}${size === "" ? "" : padding + dim(size.padStart(6))}`);
}

/** An event, and who is told of it. @param {string} event @param {string} who */
export function said(event, who) {
  console.log(`  ${"".padEnd(NAME_WIDTH)} ${dim("└")} ${event} ${dim(`→ ${who}`)}`);
}
