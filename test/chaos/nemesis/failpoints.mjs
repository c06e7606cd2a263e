// Processes die at places with names. What leads there is brought about where work alone does not.
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { between, oneOf } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */
/** @typedef {{ points: readonly string[], countMax: number, provoke: (fleet: Fleet, random: Random) => Promise<void> }} Group */

const TRIES = 3;
const REACHED_WITHIN_MS = 8000;

/** @param {readonly string[]} names */
const stored = (...names) => names.flatMap((name) => [`${name}:before`, `${name}:during`, `${name}:after`]);
/** @param {readonly string[]} names */
const said = (...names) => names.flatMap((name) => [`${name}:sending`, `${name}:sent`, `${name}:received`]);

/** @type {Readonly<Record<string, Group>>} */
const GROUPS = {
  broadcast: {
    points: [...stored("append"), ...said("propose", "ack", "commit", "requests", "confirm", "confirmed")],
    countMax: 60,
    provoke: async () => undefined,
  },
  checkpoint: {
    points: stored("pages", "checkpoint", "purge"),
    countMax: 2,
    provoke: async () => undefined,
  },
  election: {
    points: [
      ...stored("promise"),
      ...said("notification", "follower-info", "new-epoch", "ack-epoch", "sync", "new-leader", "ack-new-leader"),
      ...said("up-to-date"),
    ],
    countMax: 1,
    provoke: async (fleet) => {
      const leader = await fleet.untilLeader();
      await fleet.end(leader, "SIGKILL");
      await fleet.start(leader);
    },
  },
  truncation: {
    points: stored("truncate"),
    countMax: 1,
    // What a leader has proposed and nobody has heard goes again.
    provoke: async (fleet, random) => {
      const leader = await fleet.untilLeader();
      const lines = [...fleet.lines].filter(([name]) => name.split("-").includes(String(leader)));
      for (const [, line] of lines) line.become("silent");
      await sleep(between(random, 2000, 5000));
      for (const [, line] of lines) line.become("open");
    },
  },
  snapshot: {
    points: [...stored("incoming", "pages"), ...said("checkpoint-pages", "pages-taken", "readmit", "readmitted")],
    countMax: 1,
    provoke: async (fleet, random) => {
      const id = oneOf(random, fleet.ids);
      await fleet.end(id, "SIGKILL");
      await rm(fleet.storeOf(id), { recursive: true, force: true });
      await fleet.start(id);
    },
  },
};

/** One peer, or whoever comes there first, dies at a place drawn; another place is tried where nobody comes. @param {Fleet} fleet @param {Random} random */
export async function dieAtFailpoint(fleet, random) {
  const told = [];
  for (let turn = 0; turn < TRIES; turn++) {
    const { points, countMax, provoke } = oneOf(random, Object.values(GROUPS));
    const text = `${oneOf(random, points)} ${between(random, 1, countMax)}`;
    const ids = oneOf(random, [fleet.ids, fleet.ids, [oneOf(random, fleet.ids)]]);
    fleet.fired = [];
    await fleet.arm(ids, text);
    const provoked = provoke(fleet, random);
    const isReached = await fleet.until(() => fleet.fired.length > 0, REACHED_WITHIN_MS);
    await sleep(between(random, 0, 300));
    await fleet.arm(fleet.ids, "");
    await provoked;
    const dead = [...new Set(fleet.fired)];
    await Promise.all(dead.map((id) => fleet.start(id)));
    if (isReached) return [...told, `${text} at peers ${dead.join()}`].join("; ");
    told.push(`${text} was not reached`);
    if (!(await fleet.untilHealthy())) break;
  }
  return told.join("; ");
}
