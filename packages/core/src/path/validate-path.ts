const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Whether `path` may name a znode (semantics 1.1). There is no limit on length or depth but the frame's.
 * Reads do not ask: to them a bad path is one that names nothing.
 */
export function isValidPath(path: string): boolean {
  const length = path.length;
  if (length === 0 || path.charCodeAt(0) !== SLASH) return false;
  if (length === 1) return true;
  let nameStart = 1;
  for (let i = 1; i < length; i++) {
    const unit = path.charCodeAt(i);
    if (unit === SLASH) {
      if (!isValidName(path, nameStart, i)) return false;
      nameStart = i + 1;
    } else if (!isValidUnit(unit)) {
      return false;
    }
  }
  return isValidName(path, nameStart, length);
}

/**
 * What a create looks at before it looks for the parent (semantics 2.1, step 4): there is a slash with a parent
 * before it, and no U+0000. The rest waits until the final path is known.
 */
export function hasParentPart(path: string): boolean {
  return path.includes("/") && !path.includes("\0");
}

function isValidName(path: string, start: number, end: number): boolean {
  const size = end - start;
  if (size === 0) return false;
  if (path.charCodeAt(start) !== DOT) return true;
  return !(size === 1 || (size === 2 && path.charCodeAt(start + 1) === DOT));
}

/** Controls, surrogates (so every character beyond the basic plane), the private use area and specials are illegal. */
function isValidUnit(unit: number): boolean {
  if (unit < 0x20) return false;
  if (unit < 0x7f) return true;
  return !(unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0);
}
