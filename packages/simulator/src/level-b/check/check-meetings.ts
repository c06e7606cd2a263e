import { Violation } from "../../invariants/invariant.ts";
import type { MemberNote } from "../recipes/recipe-book.ts";
import type { HoldLife, PlaceLife, Places } from "./places.ts";
import type { PathState, Timeline } from "./timeline.ts";

/** One meaning of `ready`, until it is made anew or taken away. */
interface Round {
  readonly from: number;
  readonly until: number;
  readonly isTakenAway: boolean;
}

/**
 * Double barriers against the log: a round begins with as many as there have to be; who is told to be in has come before one began,
 * or while one was under way; who is told that all have left has outlasted all who were in when it was let in.
 *
 * Source: docs/recipes/double-barrier.md.
 *
 * @param lives of all holds, members or not
 * @throws Violation
 */
export function checkMeetings(
  members: readonly MemberNote[],
  lives: readonly HoldLife[],
  participants: number,
  { places, timeline, stepOf }: { places: Places; timeline: Timeline; stepOf: ReadonlyMap<number, number> },
): void {
  const isKnown = (zxid: number, step: number): boolean => (stepOf.get(zxid) ?? Infinity) <= step;
  const byHold = new Map(lives.map(({ note, place }) => [note, place]));
  for (const queue of new Set(members.map(({ hold }) => hold.queue))) {
    const all = places.below(queue);
    const rounds = roundsOf(timeline.of(`${queue}/ready`));
    checkRounds(queue, rounds, all, participants);
    for (const { hold, leftStep } of members.filter((member) => member.hold.queue === queue)) {
      const own = byHold.get(hold)!;
      const begun = rounds.find(({ from }) => from > own.from && isKnown(from, hold.takenStep));
      const mayJoin = rounds.some((round) => isUnderWay(round, own.from, all));
      if (begun === undefined && !mayJoin) fail(own, `was let in in step ${hold.takenStep}, and there was no round`);
      if (leftStep < 0) continue;
      // Who may have joined need not know who came when the next round began.
      const knownTo = mayJoin || begun === undefined ? own.from : begun.from;
      const stays = all.find((other) => other.from <= knownTo && !isKnown(other.until, leftStep));
      if (stays !== undefined) fail(own, `was told in step ${leftStep} that all have left, and ${stays.path} had not`);
    }
  }
}

function roundsOf(states: readonly PathState[]): readonly Round[] {
  return states.flatMap(({ from, node }, index) => {
    if (node === null) return [];
    const next = states[index + 1];
    return [{ from, until: next?.from ?? Infinity, isTakenAway: next?.node === null }];
  });
}

/** Enough are in when a round begins, and none of them when its `ready` is taken away. */
function checkRounds(queue: string, rounds: readonly Round[], all: readonly PlaceLife[], participants: number): void {
  for (const { from, until, isTakenAway } of rounds) {
    const members = all.filter((place) => place.from < from && place.until > from);
    if (members.length < participants) {
      const what = `with ${members.length} of ${participants}`;
      throw new Violation("double-barrier", `a round of ${queue} began at ${from} ${what}`);
    }
    const last = members.find((place) => place.until > until);
    if (isTakenAway && last !== undefined) fail(last, `was in the round of ${from}, which was taken away at ${until}`);
  }
}

/** There may have been a look behind `zxid` that has seen `ready`, and somebody for whom it was made. */
function isUnderWay({ from, until }: Round, zxid: number, all: readonly PlaceLife[]): boolean {
  return from < zxid && until > zxid && all.some((place) => place.from < from && place.until > zxid);
}

function fail({ path }: PlaceLife, what: string): never {
  throw new Violation("double-barrier", `${path} ${what}`);
}
