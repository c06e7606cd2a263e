import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../history/recorder.mjs";

/** More than comes in the time of a watch. */
const BUFFERED_MAX = 100_000;
const PAUSE_MAX_MS = 100;

/**
 * Watches all below `path` for so many turns, and writes down what it is told between two zxids: that of the reply that armed it, and
 * that of the last reply that came while nothing had been missed. What was up to there has to have been told before.
 *
 * @param {import("./client.mjs").Client} client @param {string} path @param {number} turns
 */
export async function watchChanges(client, path, turns) {
  const { session, recorder, name, work } = client;
  if (session === null) return;
  const id = client.nextId();
  const call = { kind: /** @type {const} */ ("watch"), path };
  recorder.write({ e: "call", id, client: name, session: session.id, work, atMs: nowMs(), call });
  /** @type {{ kind: string, path: string, zxid: number }[]} */
  const events = [];
  let isWhole = true;
  try {
    const options = { recursive: true, bufferedMax: BUFFERED_MAX };
    const { value: watch, seen: after } = await client.witnessed(() => session.watch(path, options));
    const reading = (async () => {
      for await (const event of watch) {
        if (event.kind === "gap") break;
        events.push(event);
      }
      isWhole = false;
    })().catch(() => (isWhole = false));
    let upTo = after;
    for (let turn = 0; turn < turns; turn++) {
      await sleep(client.below(PAUSE_MAX_MS));
      const { seen } = await client.witnessed(() => session.exists(path));
      // All that came before the reply is read by then; a gap, too.
      await nextTurn();
      if (!isWhole) break;
      upTo = seen;
    }
    await watch.close();
    await reading;
    const told = events.filter(({ zxid }) => zxid <= upTo).map((event) => [event.kind, event.path, event.zxid]);
    const result = { kind: "events", after, upTo, told };
    recorder.write({ e: "end", id, atMs: nowMs(), outcome: "ok", result });
  } catch (error) {
    const { code = String(error) } = /** @type {{ code?: string }} */ (error);
    recorder.write({ e: "end", id, atMs: nowMs(), outcome: "failed", code });
  }
}
