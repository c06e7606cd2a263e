// A lock that goes from one contender to the next, as fast as it goes.
import { createMutex } from "../../packages/coterie/dist/index.js";
import { report, reportRates } from "./measure.mjs";
import { quantilesOf } from "./quantiles.mjs";

const CONTENDERS = [2, 10, 50];
const ROUNDS = 5;
const ROUND_MS = 1500;
const WARM_MS = 1500;

/** Reports handovers a second, and how long one takes: from the call of `release` until the next one's `acquire` resolves. */
export async function measureHandovers(name, openSession) {
  for (const count of CONTENDERS) {
    const sessions = await Promise.all(Array.from({ length: count }, () => openSession()));
    const path = `/bench/${name.replaceAll(" ", "-")}/${count}`;
    await contend(sessions, path, WARM_MS);
    const rates = [];
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { perSecond, handoversMs } = await contend(sessions, path, ROUND_MS);
      rates.push(perSecond);
      times.push(...handoversMs);
    }
    await Promise.all(sessions.map((session) => session.close()));
    const label = `${name}, ${count} contenders`;
    reportRates(`${label}: handovers`, rates);
    const [median, p99] = quantilesOf(times, [0.5, 0.99]);
    report({ name: `${label}: a handover`, unit: "ms", value: median });
    report({ name: `${label}: a handover, p99`, unit: "ms", value: p99 });
  }
}

/** Each takes the lock and lets go, again and again. */
async function contend(sessions, path, durationMs) {
  const handoversMs = [];
  let inside = 0;
  let releasedMs = null;
  const startedMs = performance.now();
  const endsMs = startedMs + durationMs;
  await Promise.all(
    sessions.map(async (session) => {
      const mutex = createMutex(session, path);
      while (performance.now() < endsMs) {
        const hold = await mutex.acquire();
        const nowMs = performance.now();
        inside += 1;
        if (inside > 1) throw new Error(`${inside} hold ${path}`);
        if (releasedMs !== null) handoversMs.push(nowMs - releasedMs);
        inside -= 1;
        releasedMs = performance.now();
        await hold.release();
      }
    }),
  );
  return { handoversMs, perSecond: handoversMs.length / ((performance.now() - startedMs) / 1000) };
}
