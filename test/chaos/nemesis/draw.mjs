/** @typedef {import("../../../packages/interface/dist/index.js").Random} Random */

/** An integer in `least..most`. @param {Random} random @param {number} least @param {number} most */
export function between(random, least, most) {
  return least + Math.floor((random.uint32() / 2 ** 32) * (most - least + 1));
}

/** @template Item @param {Random} random @param {readonly Item[]} items @returns {Item} */
export function oneOf(random, items) {
  return /** @type {Item} */ (items[between(random, 0, items.length - 1)]);
}

/** @template Item @param {Random} random @param {readonly Item[]} items @returns {Item[]} */
export function shuffled(random, items) {
  const rest = [...items];
  return items.map(() => /** @type {Item} */ (rest.splice(between(random, 0, rest.length - 1), 1)[0]));
}
