// A peer after the other is of another build, while all work: forth to the next one, or back. What is too far away is refused.
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */

const REFUSED_WITHIN_MS = 30_000;

/** Half of the time some are left as they were, and the ensemble stays mixed through what comes next. @param {Fleet} fleet @param {Random} random */
export async function upgrade(fleet, random) {
  const newCount = fleet.builds.size;
  const isForth = newCount === 0 || (newCount < fleet.ids.length && between(random, 0, 1) === 0);
  const ids = shuffled(random, fleet.ids).filter((id) => fleet.builds.has(id) !== isForth);
  const changed = ids.slice(0, oneOf(random, [ids.length, between(random, 1, ids.length)]));
  for (const id of changed) {
    await fleet.end(id, "SIGTERM");
    if (isForth) fleet.builds.set(id, "next");
    else fleet.builds.delete(id);
    await fleet.start(id);
    if (!(await fleet.until(() => fleet.isHealthy(id)))) return `peer ${id} does not serve with the other build`;
  }
  const told = `peers ${changed.join()} ${isForth ? "to the next build" : "back"}`;
  if (fleet.builds.size > 0) return told;
  const id = oneOf(random, fleet.ids);
  await tryFarStore(fleet, id);
  await tryFarProtocol(fleet, id);
  return `${told}; peer ${id} too far away, and refused`;
}

/** A build that knows another format of stores leaves this one as it is. @param {Fleet} fleet @param {number} id */
async function tryFarStore(fleet, id) {
  await fleet.end(id, "SIGTERM");
  fleet.builds.set(id, "far store");
  const code = await fleet.tryStart(id);
  if (code !== "STORE_FORMAT_UNKNOWN")
    fleet.failures.push(`peer ${id} of another store format: ${code ?? "it has started"}, not STORE_FORMAT_UNKNOWN`);
  fleet.builds.delete(id);
}

/** A build without a common version of the protocol is let in by nobody, and goes on where it was with the right one. @param {Fleet} fleet @param {number} id */
async function tryFarProtocol(fleet, id) {
  fleet.builds.set(id, "far protocol");
  void fleet.start(id);
  const isRefused = () => {
    const status = fleet.statuses.get(id);
    return status?.linkErrors.every((error) => error?.includes("PEER_VERSION_UNSUPPORTED")) === true;
  };
  const wasRefused = await fleet.until(isRefused, REFUSED_WITHIN_MS);
  const status = fleet.statuses.get(id);
  if (!wasRefused || status?.isServing === true)
    fleet.failures.push(`peer ${id} of another protocol was not refused: ${JSON.stringify(status ?? null)}`);
  await fleet.end(id, "SIGTERM");
  fleet.builds.delete(id);
  await fleet.start(id);
}
