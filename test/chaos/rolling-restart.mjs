// All three peers are restarted in good order, one after the other, while clients work: none of them sees an error.
import { connect } from "../../packages/coterie/dist/index.js";
import { setTimeout as sleep } from "node:timers/promises";
import { Ensemble } from "./ensemble.mjs";

/**
 * @param {{ clients: number, say: (line: string) => void }} options
 * @returns {Promise<{ calls: number, errors: string[], longestMs: number, failures: string[] }>}
 */
export async function restartAll({ clients, say }) {
  const ensemble = await Ensemble.start("dedicated");
  const work = { calls: 0, longestMs: 0, isOver: false };
  /** @type {string[]} */
  const errors = [];
  const sessions = await Promise.all(
    Array.from({ length: clients }, () => connect(ensemble.connectString, { sessionTimeoutMs: 8000 })),
  );
  const running = sessions.map(async (session, client) => {
    const path = `/client-${client}`;
    await session.create(path, "0", { mode: "ephemeral" });
    for (let call = 0; !work.isOver; call++) {
      const begunMs = performance.now();
      try {
        if (call % 2 === 0) await session.set(path, String(call));
        else if ((await session.get(path)).text() !== String(call - 1))
          errors.push("a read has not seen its session's write");
        work.calls += 1;
      } catch (error) {
        errors.push(String(error));
        await sleep(5);
      }
      work.longestMs = Math.max(work.longestMs, performance.now() - begunMs);
    }
  });
  for (const id of [1, 2, 3]) {
    await sleep(500);
    const leads = ensemble.leader === id;
    const before = errors.length;
    await ensemble.end(id, "SIGTERM");
    await ensemble.start(id);
    say(`peer ${id}${leads ? ", the leader," : ""} restarted: ${errors.length - before} errors`);
  }
  await sleep(500);
  work.isOver = true;
  await Promise.all(running);
  await Promise.all(sessions.map((session) => session.close()));
  await ensemble.stop();
  return { calls: work.calls, errors, longestMs: work.longestMs, failures: ensemble.failures };
}
