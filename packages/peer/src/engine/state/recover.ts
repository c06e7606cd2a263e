import { encodeEnsembleConfig, TAG_CONFIG } from "@coterie/consensus";
import {
  assert,
  CoterieError,
  type LogFault,
  type LogReading,
  type LogStorage,
  type RecoveredLog,
  type Zxid,
} from "@coterie/interface";
import { RECOVERY_READ_SIZE_MAX_BYTES } from "../../limits.ts";
import { votersOfConfigText } from "./config-text.ts";
import { readAhead } from "./read-ahead.ts";
import type { Replica } from "./replica.ts";
import { restoreMachine } from "./restore-machine.ts";
import type { Slices } from "./slices.ts";

type OpenLog = RecoveredLog & { readonly kind: "open" };

/**
 * Brings an empty replica to what the store says: from the checkpoint, and the log up to what is committed and can be
 * read. What is behind that waits until the next epoch commits it. Gives the last voter set up to the log's end, encoded;
 * null if there is none.
 */
export async function recover(
  storage: LogStorage,
  found: RecoveredLog,
  replica: Replica,
  slices: Slices,
): Promise<Uint8Array | null> {
  if (found.kind === "blank") return null;
  if (found.checkpoint !== null) {
    replica.become(await restoreMachine(storage, replica.options, slices));
  }
  let config = configOfState(replica, found);
  let upTo = Math.min(found.committed, found.faults[0]?.after.zxid ?? Infinity);
  const skipped = ({ after, upTo: end }: LogFault): void => {
    // Nothing is applied over a gap, whether `open` knew of it or not.
    if (end.zxid > replica.position.zxid) upTo = Math.min(upTo, after.zxid);
  };
  const after = Math.max(found.base.zxid, replica.position.zxid) as Zxid;
  for await (const reading of readAhead(readingsOf(storage, after, found.last.zxid))) {
    if (reading.kind === "faulty") skipped(reading.fault);
    else
      for (const entry of reading.entries) {
        if (entry.tag === TAG_CONFIG) config = entry.bytes;
        if (entry.zxid > upTo) continue;
        replica.apply(entry);
        if (slices.isOver) await slices.next();
      }
  }
  return config;
}

/** The entry is no longer in a log that was purged. */
function configOfState(replica: Replica, { hardState }: OpenLog): Uint8Array | null {
  const text = replica.configText();
  if (text === null) return null;
  return encodeEnsembleConfig({ clusterId: hardState.clusterId, voters: votersOfConfigText(text) });
}

/** What can be read of the log, a piece at a time: of the rest some may be put back later. */
async function* readingsOf(
  storage: LogStorage,
  from: Zxid,
  last: Zxid,
): AsyncGenerator<Exclude<LogReading, { kind: "purged" }>, void> {
  for (let after = from; after < last;) {
    const reading = await storage.read({ after, upTo: last }, RECOVERY_READ_SIZE_MAX_BYTES);
    if (reading.kind === "purged")
      throw new CoterieError("STORE_CORRUPT", "the log begins later than the store has said");
    yield reading;
    const end = reading.kind === "faulty" ? reading.fault.upTo : reading.entries.at(-1);
    assert(end !== undefined, "a log without faults goes on up to its end");
    after = end.zxid;
  }
}
