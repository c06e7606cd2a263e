import type { Session } from "@coterie/session";
import { type Child, readNamed } from "../calls/read-children.ts";
import { persist } from "../calls/retry.ts";
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
  rules: Pick<TurnRules, "parent" | "labels">,
  signal: AbortSignal,
): Promise<readonly Contender[]> {
  const children = await readNamed(session, rules.parent, await contenderNames(session, rules, signal), signal);
  return children.map(contenderOf);
}

/** The first of them; null if there is none. */
export async function readFirstContender(
  session: Session,
  rules: Pick<TurnRules, "parent" | "labels">,
  signal: AbortSignal,
): Promise<Contender | null> {
  for (const name of await contenderNames(session, rules, signal)) {
    const [first] = await readNamed(session, rules.parent, [name], signal);
    if (first !== undefined) return contenderOf(first);
  }
  return null;
}

async function contenderNames(
  session: Session,
  { parent, labels }: Pick<TurnRules, "parent" | "labels">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const places = await persist(session, () => readPlaces(session, parent, labels, signal), signal);
  return places.map(({ name }) => name);
}

function contenderOf({ path, znode }: Child): Contender {
  return { path, data: znode.text(), token: znode.stat.czxid, sessionId: znode.stat.ephemeralOwner };
}
