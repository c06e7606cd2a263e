import { isDeepStrictEqual } from "node:util";
import type { Command } from "../model/command.ts";
import { type CanonicalObservation, canonicalObservation } from "../model/observation.ts";
import type { Observation, OpResult, Reply, Stat } from "../model/observation.ts";

/** One side of a comparison: turns its observations into a form without session ids, times and event zxids. */
export interface Normaliser {
  normalise(command: Command, observation: Observation): CanonicalObservation;
}

/**
 * Session ids become the ordinal of their openSession. Clocks differ, so a time becomes 0 if it is 0, and else the
 * question whether all nodes last changed by one transaction show one time: 1 if they do, 2 if they do not. Event
 * zxids become -1, which is all that version 3.8 says.
 */
export function createNormaliser(): Normaliser {
  const ordinals = new Map<bigint, bigint>([[0n, 0n]]);
  const times = new Map<number, number>();
  const timeOf = (zxid: number, timeMs: number): number => {
    if (timeMs === 0) return 0;
    const first = times.get(zxid) ?? timeMs;
    times.set(zxid, first);
    return first === timeMs ? 1 : 2;
  };
  const ordinalOf = (id: bigint): bigint => ordinals.get(id) ?? -1n;
  const stat = (given: Stat): Stat => ({
    ...given,
    ctimeMs: timeOf(given.czxid, given.ctimeMs),
    mtimeMs: timeOf(given.mzxid, given.mtimeMs),
    ephemeralOwner: ordinalOf(given.ephemeralOwner),
  });
  const result = (given: OpResult): OpResult =>
    given.ok && given.stat !== undefined ? { ...given, stat: stat(given.stat) } : given;
  const reply = (given: Reply): Reply => {
    if (!given.ok) return given;
    if (given.sessionId !== undefined) ordinals.set(given.sessionId, BigInt(ordinals.size));
    return {
      ...given,
      ...(given.sessionId === undefined ? {} : { sessionId: ordinalOf(given.sessionId) }),
      ...(given.stat === undefined ? {} : { stat: stat(given.stat) }),
      ...(given.results === undefined ? {} : { results: given.results.map(result) }),
    };
  };
  return {
    normalise(command, observation) {
      const events = observation.events.map((event) => ({ ...event, zxid: -1 }));
      return canonicalObservation(command, { ...observation, reply: reply(observation.reply), events });
    },
  };
}

/** A difference between version 3.8 and the semantics page that is known and has no effect on later commands. */
export interface AllowedDifference {
  readonly name: string;
  isAllowed(command: Command, expected: CanonicalObservation, actual: CanonicalObservation): boolean;
}

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    // ZOOKEEPER-2590 came with 3.9.2.
    name: "exists-without-read",
    isAllowed: (command, expected, actual) =>
      command.kind === "exists" && !expected.reply.ok && expected.reply.error === "NO_AUTH" && actual.reply.ok,
  },
  {
    // Version 3.8 looks whether anybody watches the path, not whether the connection that asks does.
    name: "check-watches-of-others",
    isAllowed: (command, expected, actual) =>
      command.kind === "checkWatches" && !expected.reply.ok && expected.reply.error === "NO_WATCHER" && actual.reply.ok,
  },
];

export type Verdict = { readonly kind: "allowed"; readonly name: string } | { readonly kind: "different" | "equal" };

export function compareObservations(
  command: Command,
  expected: CanonicalObservation,
  actual: CanonicalObservation,
  allowed: readonly AllowedDifference[],
): Verdict {
  if (isDeepStrictEqual(expected, actual)) return { kind: "equal" };
  const difference = allowed.find(({ isAllowed }) => isAllowed(command, expected, actual));
  return difference === undefined ? { kind: "different" } : { kind: "allowed", name: difference.name };
}
