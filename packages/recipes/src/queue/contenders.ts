import type { Session } from "@coterie/session";
import { hasCode, persist } from "../hold/retry.ts";
import { readPlaces } from "./place-name.ts";
import type { TurnRules } from "./turn.ts";

/** Who waits for something, or has it. */
export interface Contender {
  readonly path: string;
  /** What it says of itself. */
  readonly data: string;
  /** Its czxid: the fencing token of what it holds, or will hold. */
  readonly token: number;
  /** The session that it lives by. */
  readonly sessionId: string | null;
}

/** All of them, first come first. Those that go while they are read are left out. */
export async function readContenders(
  session: Session,
  { parent, labels }: Pick<TurnRules, "parent" | "labels">,
  signal: AbortSignal,
): Promise<readonly Contender[]> {
  const places = await persist(session, () => readPlaces(session, parent, labels, signal), signal).catch(nobody);
  const read = places.map(({ name }) => readContender(session, `${parent}/${name}`, signal));
  return (await Promise.all(read)).flatMap((contender) => contender ?? []);
}

/** The first of them; null if there is none. */
export async function readFirstContender(
  session: Session,
  { parent, labels }: Pick<TurnRules, "parent" | "labels">,
  signal: AbortSignal,
): Promise<Contender | null> {
  const places = await persist(session, () => readPlaces(session, parent, labels, signal), signal).catch(nobody);
  for (const { name } of places) {
    const contender = await readContender(session, `${parent}/${name}`, signal);
    if (contender !== null) return contender;
  }
  return null;
}

async function readContender(session: Session, path: string, signal: AbortSignal): Promise<Contender | null> {
  try {
    const znode = await persist(session, () => session.get(path, { signal }), signal);
    return { path, data: znode.text(), token: znode.stat.czxid, sessionId: znode.stat.ephemeralOwner };
  } catch (error) {
    if (hasCode(error, "NO_NODE")) return null;
    throw error;
  }
}

function nobody(error: unknown): readonly never[] {
  if (hasCode(error, "NO_NODE")) return [];
  throw error;
}
