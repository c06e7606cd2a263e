import type { CallOptions, Session, Znode } from "@coterie/session";
import { childOf } from "./paths.ts";
import { hasCode, persist } from "./retry.ts";

export interface Child {
  readonly path: string;
  readonly znode: Znode;
}

/** Reads under way at once. */
const READS_MAX = 64;

/**
 * The children of `path`, in the order of their names; none if it is not there. Those that go while they are read are left out. What
 * is passing is waited out.
 */
export async function readChildren(session: Session, path: string, signal: AbortSignal): Promise<readonly Child[]> {
  const names = await persist(session, () => childNames(session, path, { signal }), signal);
  return readNamed(session, path, names.toSorted(), signal);
}

/** As `readChildren`, of these names alone, in their order. */
export function readNamed(
  session: Session,
  path: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Child[]> {
  return readEach(names, (name) => readChild(session, childOf(path, name), signal));
}

/** What `read` gives for each of them, in their order, without the nulls. As soon as one rejects nothing more is begun. */
export async function readEach<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Value | null>,
): Promise<readonly Value[]> {
  const values: (Value | null)[] = Array.from({ length: names.length }, () => null);
  let next = 0;
  const readOn = async (): Promise<void> => {
    while (next < names.length) {
      const index = next++;
      values[index] = await read(names[index]!).catch((error: unknown) => {
        next = names.length;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(READS_MAX, names.length) }, readOn));
  return values.filter((value) => value !== null);
}

/** None if `path` is not there. */
export async function childNames(
  session: Session,
  path: string,
  options: Pick<CallOptions, "signal"> = {},
): Promise<readonly string[]> {
  try {
    return (await session.children(path, options)).children;
  } catch (error) {
    if (hasCode(error, "NO_NODE")) return [];
    throw error;
  }
}

async function readChild(session: Session, path: string, signal: AbortSignal): Promise<Child | null> {
  try {
    return { path, znode: await persist(session, () => session.get(path, { signal }), signal) };
  } catch (error) {
    if (hasCode(error, "NO_NODE")) return null;
    throw error;
  }
}
