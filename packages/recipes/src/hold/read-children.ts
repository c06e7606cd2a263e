import type { Session, Znode } from "@coterie/session";
import { childOf } from "../cache/region.ts";
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
  const names = (await persist(session, () => childNames(session, path, signal), signal)).toSorted();
  const children: (Child | null)[] = Array.from({ length: names.length }, () => null);
  let next = 0;
  const readOn = async (): Promise<void> => {
    while (next < names.length) {
      const index = next++;
      children[index] = await readChild(session, childOf(path, names[index]!), signal).catch((error: unknown) => {
        next = names.length;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(READS_MAX, names.length) }, readOn));
  return children.flatMap((child) => child ?? []);
}

/** None if `path` is not there. */
export async function childNames(session: Session, path: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return (await session.children(path, { signal })).children;
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
