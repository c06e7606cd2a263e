import { epochOf } from "@coterie/interface";
import { formatZxid } from "./format-message.ts";
import type { Ensemble } from "./ensemble.ts";

/**
 * What is wrong between these peers, in words; empty if nothing is. PREFIX and TOTAL over what was applied, AGREE over
 * what was `acknowledged` to somebody, no hole in a log, epochs in order: the checks that zab.md 11.4 asks for.
 */
export function faultsOf(ensemble: Ensemble, acknowledged: readonly string[] = []): string[] {
  const faults: string[] = [];
  const peers = [...ensemble.peers.values()];
  const longest = peers.reduce((one, other) => (other.applied.length > one.applied.length ? other : one)).applied;
  for (const { id, applied, disk } of peers) {
    applied.forEach((entry, index) => {
      if (entry.chainHash !== longest[index]?.chainHash) faults.push(`peer ${id} differs at ${formatZxid(entry.zxid)}`);
    });
    const { hardState, entries, base } = disk;
    let previous = base.zxid;
    for (const { zxid } of entries) {
      if (zxid <= previous) faults.push(`peer ${id} has ${formatZxid(zxid)} after ${formatZxid(previous)}`);
      previous = zxid;
    }
    if (hardState === null) continue;
    if (hardState.currentEpoch > hardState.acceptedEpoch) faults.push(`peer ${id} has accepted less than it follows`);
    // ZooKeeper's bound is currentEpoch; here a history is stored as it comes, and its epoch behind it.
    if (epochOf(previous) > hardState.acceptedEpoch) faults.push(`peer ${id} has entries of a later epoch`);
  }
  const leaders = peers.filter((peer) => peer.isUp && peer.role?.state === "leading" && peer.role.isServing);
  const epochs = leaders.map((peer) => peer.role?.epoch);
  if (new Set(epochs).size !== epochs.length) faults.push("one epoch has two leaders");
  for (const text of acknowledged) {
    if (!ensemble.texts(longestOf(ensemble)).includes(text)) faults.push(`${text} is lost`);
  }
  return faults;
}

function longestOf(ensemble: Ensemble): number {
  let longest = 0;
  for (const { id, applied } of ensemble.peers.values()) {
    if (longest === 0 || applied.length > ensemble.peer(longest).applied.length) longest = id;
  }
  return longest;
}

/** Starts what is down, mends what is cut, and gives the ensemble time: then every peer has the same. */
export function heal(ensemble: Ensemble, ticks = 100): void {
  ensemble.held.clear();
  for (const peer of ensemble.peers.values()) {
    peer.holdsDisk = false;
    ensemble.release(peer.id);
    if (!peer.isUp) ensemble.start(peer.id);
  }
  ensemble.mend();
  ensemble.settle();
  ensemble.tick(ticks);
}

/** What each peer has applied, in words; equal lines on all. */
export function allTexts(ensemble: Ensemble): string[] {
  return [...ensemble.peers.keys()].map((id) => ensemble.texts(id).join(" "));
}
