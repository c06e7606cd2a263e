import type { Session } from "@coterie/session";
import { childNames } from "../calls/read-children.ts";

/**
 * The name of a contender's znode, as Curator's recipes with protection write it: `_c_`, a unique id, `-`, the label, and the
 * sequential number. kazoo's are an id, a label between double underscores, and the number.
 */
export interface PlaceName {
  readonly name: string;
  /** `lock-`, `__WRIT__`, `__lock__`, …: of what kind the contender is. */
  readonly label: string;
  readonly sequence: number;
}

/** As servers write it, in ten places: behind 2,147,483,647 comes the smallest, which takes eleven. */
const SEQUENCE = /^(?:\d{10}|-\d{9,10})$/;

export function prefixOf(id: string, label: string): string {
  return `_c_${id}-${label}`;
}

/** Null for a znode that is no contender's with one of these labels. */
export function parsePlaceName(name: string, labels: readonly string[]): PlaceName | null {
  for (const label of labels) {
    const at = name.lastIndexOf(label);
    const digits = name.slice(at + label.length);
    if (at >= 0 && SEQUENCE.test(digits)) return { name, label, sequence: Number(digits) };
  }
  return null;
}

/** Of all contenders below `parent`, first come first; none if that is not there. What this session sees is not older than what it has written. */
export async function readPlaces(
  session: Session,
  parent: string,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<readonly PlaceName[]> {
  const names = await childNames(session, parent, { signal });
  const places = names.flatMap((name) => parsePlaceName(name, labels) ?? []);
  // The numbers are 32 bits: behind the largest comes the smallest.
  return places.toSorted((one, other) => (one.sequence - other.sequence) | 0);
}
