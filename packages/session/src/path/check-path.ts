import { CoterieError } from "@coterie/interface";

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Whether `path` may name a znode (semantics 1.1); servers ask the same of writes, while a read of a wrong path would only say
 * that nothing is there.
 *
 * @throws CoterieError BAD_ARGUMENTS, whose message says what to write instead
 */
export function checkPath(path: string): void {
  const fault = faultOf(path);
  if (fault !== null) throw pathError(path, fault);
}

/** As `checkPath` for what is created with a sequential mode: digits are appended, so a "/" may stand at the end. */
export function checkSequentialPath(path: string): void {
  const fault = faultOf(typeof path === "string" ? `${path}0` : path);
  if (fault !== null) throw pathError(path, fault);
}

export function pathError(path: string, fault: string): CoterieError {
  if (typeof path !== "string") return new CoterieError("BAD_ARGUMENTS", fault);
  return new CoterieError("BAD_ARGUMENTS", `${JSON.stringify(path)} ${fault}`, { path });
}

function faultOf(path: string): string | null {
  if (typeof path !== "string") return `a path is a string that begins with "/", not ${typeof path}`;
  if (path === "") return 'is no path: the root is "/"';
  if (path.charCodeAt(0) !== SLASH) return `is no path, since it does not begin with "/": "/${path}"?`;
  if (path.length === 1) return null;
  if (path.charCodeAt(path.length - 1) === SLASH) return 'is no path, since it ends with "/": leave that out';
  return faultOfNames(path);
}

function faultOfNames(path: string): string | null {
  let nameStart = 1;
  for (let at = 1; at <= path.length; at++) {
    const unit = at === path.length ? SLASH : path.charCodeAt(at);
    if (unit !== SLASH) {
      if (isForbidden(unit)) return `is no path: the character U+${hex(unit)} at ${at} may not stand in one`;
      continue;
    }
    if (at === nameStart) return 'is no path: there is no name between two "/"';
    if (isDots(path, nameStart, at)) return 'is no path: "." and ".." are no names, write the path out';
    nameStart = at + 1;
  }
  return null;
}

/** Controls, surrogates (so every character beyond the basic plane), the private use area and specials. */
function isForbidden(unit: number): boolean {
  if (unit < 0x20) return true;
  if (unit < 0x7f) return false;
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0;
}

function isDots(path: string, start: number, end: number): boolean {
  const size = end - start;
  if (size > 2 || path.charCodeAt(start) !== DOT) return false;
  return size === 1 || path.charCodeAt(start + 1) === DOT;
}

function hex(unit: number): string {
  return unit.toString(16).toUpperCase().padStart(4, "0");
}
