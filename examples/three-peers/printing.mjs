// What the show looks like. Colours only where somebody looks.
const isColoured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

/** @param {number} code */
const paint = (code) => (/** @type {string} */ words) => (isColoured ? `\u001B[${code}m${words}\u001B[0m` : words);

export const bold = paint(1);
export const dim = paint(2);
const colours = [paint(36), paint(35), paint(33)];
const begunMs = performance.now();

/** @param {string} title @param {string} what */
export function heading(title, what) {
  console.log(`\n${bold(title)}\n${dim(what)}`);
}

/** One line: when, who, what. @param {number} id @param {string} words */
export function row(id, words) {
  const seconds = ((performance.now() - begunMs) / 1000).toFixed(2).padStart(6);
  const who = id === 0 ? dim("client") : (colours[(id - 1) % colours.length] ?? bold)(`peer ${id}`);
  console.log(`  ${dim(seconds)}  ${who}  ${words}`);
}
