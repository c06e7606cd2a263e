import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { persist } from "../calls/retry.ts";
import { untilGone } from "../calls/until.ts";
import { indexOfPlace, type Place } from "./place.ts";
import { type PlaceName, readPlaces } from "./place-name.ts";

export interface TurnRules {
  readonly parent: string;
  /** The labels of all who contend. */
  readonly labels: readonly string[];
  /** Whom of those before it this contender has to wait for: the last of them is watched (LK-06). Null: nobody. */
  readonly blocker: (before: readonly PlaceName[]) => PlaceName | null;
}

/** The one right before. */
export function lastOf(before: readonly PlaceName[]): PlaceName | null {
  return before.at(-1) ?? null;
}

/** Resolves when it is this contender's turn. Rejects with NO_NODE if its place is gone. */
export async function untilTurn(session: Session, rules: TurnRules, place: Place, signal: AbortSignal): Promise<void> {
  for (;;) {
    const blocker = await persist(session, () => blockerOf(session, rules, place, signal), signal);
    if (blocker === null) return;
    await untilGone(session, `${rules.parent}/${blocker.name}`, signal);
  }
}

/** Whether it is this contender's turn now. */
export async function isTurn(session: Session, rules: TurnRules, place: Place, signal: AbortSignal): Promise<boolean> {
  return (await persist(session, () => blockerOf(session, rules, place, signal), signal)) === null;
}

async function blockerOf(
  session: Session,
  { parent, labels, blocker }: TurnRules,
  place: Place,
  signal: AbortSignal,
): Promise<PlaceName | null> {
  const places = await readPlaces(session, parent, labels, signal);
  const index = indexOfPlace(places, place);
  if (index < 0) throw new CoterieError("NO_NODE", "the contender's own znode was deleted", { path: place.path });
  return blocker(places.slice(0, index));
}
