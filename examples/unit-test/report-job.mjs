// The application's own code: a report that one of its instances writes, once for each day. It knows sessions, and no test.
import { createMutex } from "coterie";

/** @typedef {import("coterie").Session} Session */

/** @param {string} day */
function pathOf(day) {
  return `/reports/${day}`;
}

/**
 * Writes the report of `day`, unless it is there already. Gives whether it was written here.
 *
 * @param {Session} session @param {string} day @param {() => Promise<string>} job
 */
export async function writeReport(session, day, job) {
  const lock = await createMutex(session, "/locks/report").acquire();
  try {
    if (await session.exists(pathOf(day))) return false;
    const text = await job();
    // By now another instance may hold the lock: then this fails, and changes nothing.
    await lock.guard(session.transaction()).create(pathOf(day), text).commit();
    return true;
  } finally {
    await lock.release();
  }
}

/**
 * Resolves to the report of `day` as soon as somebody has written it.
 *
 * @param {Session} session @param {string} day
 */
export async function awaitReport(session, day) {
  const watch = await session.watch(pathOf(day));
  // One iterator for all events: a loop that is left closes the watch.
  const changes = watch[Symbol.asyncIterator]();
  try {
    for (;;) {
      if (await session.exists(pathOf(day))) return (await session.get(pathOf(day))).text();
      await changes.next();
    }
  } finally {
    await watch.close();
  }
}
