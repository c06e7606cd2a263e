import { formatZxid, type LogBatch, type PeerId, type Zxid, ZXID_NONE } from "@coterie/interface";
import type { Synced } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { PeerRecord, Witness } from "./witness.ts";

/** The founding entry is committed before anybody has it: it is the same in every log (R3b). */
const FOUNDING_ZXID = 1;

/**
 * What is committed, and whose success a client may therefore have been told, stays in the log or the checkpoint of a
 * quorum of voters for ever: no peer drops it by the protocol, a peer that counts again after a loss has it again, and
 * only faults of disks take copies away.
 *
 * Source: AGREE in zab.md, section 1 ("never lost"); design, R3b, R4 and decision 3.
 * Sound: a copy leaves a disk by a truncation or by a checkpoint that replaces the log, both of which are seen as they
 * become durable, or by a fault, which the world tells. Either may only be obeyed for a leader that had to know: a leader
 * of epoch e has all that was committed up to e (leader completeness). The audit counts the copies. Once faults that nobody can notice
 * have destroyed more than is tolerated, nothing is promised.
 */
export function createAckedSurvives(witness: Witness): Invariant {
  /**
   * Whether the peer may not drop it. A leader that is superseded may yet bring its learners to its own history, which a
   * later epoch has not gone on from: their copies counted for nothing there, since whoever counts has promised that epoch.
   */
  function isOwed({ peer, joined, disk: { hardState } }: PeerRecord, zxid: Zxid): boolean {
    const entry = witness.entry(zxid);
    if (entry === undefined || entry.index < 0) return false;
    const { committedIn } = entry;
    if (joined === 0 || joined >= committedIn) return true;
    const isCounted = witness.quorum?.isVoter(peer) === true && hardState?.isAmnesiac === false;
    return isCounted && hardState.acceptedEpoch >= committedIn;
  }

  function checkTruncation(record: PeerRecord, after: Zxid): void {
    const { disk } = record;
    const next = disk.zxids[disk.countUpTo(after)];
    if (next === undefined || !isOwed(record, next)) return;
    fail(`peer ${record.peer} truncates after ${formatZxid(after)} and loses ${formatZxid(next)}, which is committed`);
  }

  function checkReplacement(record: PeerRecord, { batch, disk }: Synced): void {
    if (record.disk.zxids.length === 0) return;
    const image = disk();
    const end = image.entries.at(-1)?.zxid ?? image.base.zxid;
    const reach = Math.max(end, image.checkpoint?.zxid ?? ZXID_NONE);
    for (const zxid of record.disk.zxids) {
      // What could not be read is no copy that is dropped.
      if (zxid <= reach || record.disk.unreadable.has(zxid) || !isOwed(record, zxid)) continue;
      const at = formatZxid(batch.checkpoint!.zxid);
      fail(`peer ${record.peer} replaces its log by a checkpoint at ${at} and loses ${formatZxid(zxid)}`);
    }
  }

  function checkReadmission(record: PeerRecord, batch: LogBatch): void {
    const { disk, lost } = record;
    for (const zxid of lost) {
      if (witness.indexOf(zxid) === null || disk.has(zxid)) continue;
      const isBrought = batch.append?.some((entry) => entry.zxid === zxid) === true;
      if (!isBrought && (batch.checkpoint?.zxid ?? ZXID_NONE) < zxid) {
        fail(`peer ${record.peer} counts again without ${formatZxid(zxid)}, which is committed and which it had`);
      }
    }
  }

  return {
    name: "acked-survives",
    observe(observation) {
      if (observation.kind !== "synced" || witness.isVoid) return;
      const { batch } = observation;
      const record = witness.peer(observation.peer);
      if (batch.truncateAfter !== undefined) checkTruncation(record, batch.truncateAfter);
      if (batch.checkpoint?.kind === "incoming") checkReplacement(record, observation);
      if (
        batch.hardState?.isAmnesiac === false &&
        record.lost.size > 0 &&
        record.disk.hardState?.isAmnesiac !== false
      ) {
        checkReadmission(record, batch);
      }
    },
    audit() {
      const last = witness.lastCommitted;
      if (last <= FOUNDING_ZXID || witness.isVoid) return;
      const hasHad = (peer: PeerId): boolean => witness.hasHad(peer, last);
      if (witness.quorum?.isQuorum(hasHad) === true) return;
      const holders = (witness.quorum?.voters ?? []).filter(hasHad).join(", ");
      fail(`${formatZxid(last)} is committed; of the voters have it, or have lost it by a fault: ${holders}`);
    },
  };
}

function fail(what: string): never {
  throw new Violation("acked-survives", what);
}
