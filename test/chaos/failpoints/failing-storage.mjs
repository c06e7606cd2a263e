// Failpoints around what a peer asks of its store: before it, while it is under way, and when it is durable and nobody has heard of it.

/** @typedef {import("../../../packages/interface/dist/index.js").LogStorage} LogStorage */
/** @typedef {import("../../../packages/interface/dist/index.js").LogBatch} LogBatch */

/** @param {LogStorage} storage @param {import("./failpoint.mjs").Failpoint} failpoint @returns {LogStorage} */
export function failingStorage(storage, failpoint) {
  /** @template Result @param {readonly string[]} names @param {() => Promise<Result>} call @returns {Promise<Result>} */
  const around = async (names, call) => {
    for (const name of names) failpoint.reach(`${name}:before`);
    const answer = call();
    for (const name of names) failpoint.reachSoon(`${name}:during`);
    const result = await answer;
    for (const name of names) failpoint.reach(`${name}:after`);
    return result;
  };
  return {
    supports: storage.supports,
    open: () => storage.open(),
    write: (batch) => around(partsOf(batch), () => storage.write(batch)),
    read: (range, sizeMaxBytes) => storage.read(range, sizeMaxBytes),
    purge: (upTo) => around(["purge"], () => storage.purge(upTo)),
    addPages: (pages) => around(["pages"], () => storage.addPages(pages)),
    dropPages: () => storage.dropPages(),
    openCheckpoint: () => storage.openCheckpoint(),
    close: () => storage.close(),
  };
}

/** @param {LogBatch} batch */
function partsOf({ hardState, truncateAfter, append, repair, checkpoint }) {
  const parts = [];
  if (hardState !== undefined) parts.push("promise");
  if (truncateAfter !== undefined) parts.push("truncate");
  if (append !== undefined && append.length > 0) parts.push("append");
  if (repair !== undefined && repair.length > 0) parts.push("repair");
  if (checkpoint !== undefined)
    parts.push(checkpoint.kind === "full" || checkpoint.kind === "delta" ? "checkpoint" : "incoming");
  return parts;
}
