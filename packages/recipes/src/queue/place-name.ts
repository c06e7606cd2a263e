import type { Session } from "@coterie/session";

/**
 * The name of a contender's znode, as Curator's recipes with protection write it: `_c_`, a unique id, `-`, the label, and the ten
 * digits of the sequential number. kazoo's are an id, a label between double underscores, and the digits.
 */
export interface PlaceName {
  readonly name: string;
  /** `lock-`, `__WRIT__`, `__lock__`, …: of what kind the contender is. */
  readonly label: string;
  readonly sequence: number;
}

const SEQUENCE_LENGTH = 10;

export function prefixOf(id: string, label: string): string {
  return `_c_${id}-${label}`;
}

/** Null for a znode that is no contender's with one of these labels. */
export function parsePlaceName(name: string, labels: readonly string[]): PlaceName | null {
  const digits = /-?\d{10}$/.exec(name)?.[0];
  if (digits === undefined) return null;
  const head = name.slice(0, -SEQUENCE_LENGTH);
  const label = labels.find((each) => head.endsWith(each) || head.endsWith(`${each}-`));
  if (label === undefined) return null;
  const isNegative = head.endsWith("-") && !head.endsWith(label);
  const sequence = Number(digits.slice(-SEQUENCE_LENGTH));
  return { name, label, sequence: isNegative ? -sequence : sequence };
}

/** Of all contenders below `parent`, first come first. What this session sees is not older than what it has written. */
export async function readPlaces(
  session: Session,
  parent: string,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<readonly PlaceName[]> {
  const { children } = await session.children(parent, { signal });
  const places = children.flatMap((name) => parsePlaceName(name, labels) ?? []);
  // The numbers are 32 bits: behind the largest comes the smallest.
  return places.toSorted((one, other) => (one.sequence - other.sequence) | 0);
}
