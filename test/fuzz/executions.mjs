// What jsfuzz says of itself.

/** How often it has executed its target, by the last line that tells; 0 if none does. */
export function executionsOf(output) {
  const [, count = "0"] = [...output.matchAll(/^#(\d+) .*$/gm)].at(-1) ?? [];
  return Number(count);
}
