// The application's own code: a job that only one instance may run, and that is run once for each day.

/**
 * Runs `job` if nobody else has run it for `day`. Gives whether it was run here.
 *
 * @param {import("coterie").Session} session @param {string} day @param {() => Promise<string>} job
 */
export async function runOncePerDay(session, day, job) {
  const path = `/reports/${day}`;
  try {
    await session.create(path, null, { parents: true });
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === "NODE_EXISTS") return false;
    throw error;
  }
  await session.set(path, await job());
  return true;
}

/** Resolves to the report of the day as soon as somebody has written it. @param {import("coterie").Session} session @param {string} day */
export async function awaitReport(session, day) {
  const path = `/reports/${day}`;
  const watch = await session.watch(path);
  try {
    for (;;) {
      if (await session.exists(path)) {
        const znode = await session.get(path);
        if (znode.data !== null) return znode.text();
      }
      for await (const _ of watch) break;
    }
  } finally {
    await watch.close();
  }
}
