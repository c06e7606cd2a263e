import { CoterieError } from "@coterie/interface";
import { Database } from "../disk/database.ts";
import type { SimDisk } from "../disk/sim-disk.ts";
import type { SimPeer } from "../peer/sim-peer.ts";
import { type Fault, type FaultScope, upPeers } from "./fault.ts";

export const diskSlow: Fault = (scope) => {
  const { disk } = scope.dice.pick(scope.world.peers);
  disk.slowness = scope.dice.pick([5, 50, 500]);
  return () => {
    disk.slowness = 1;
  };
};

/** EIO on a sync: what it leaves is unknown, and the peer stops (R5). */
export const diskError: Fault = (scope) => {
  const running = upPeers(scope);
  if (running.length === 0) return false;
  scope.dice.pick(running).disk.failure ??= "error";
  return true;
};

export const diskFull: Fault = (scope) => {
  const { disk } = scope.dice.pick(scope.world.peers);
  if (disk.failure !== null) return false;
  disk.failure = "full";
  return () => {
    if (disk.failure === "full") disk.failure = null;
  };
};

/**
 * Something is lost for good on one disk. The ensemble bears it as long as a quorum of voters keeps all it has
 * promised, and what has happened can be noticed; anything beyond is not done.
 */
function damage(scope: FaultScope, change: (disk: SimDisk) => boolean): boolean {
  const { world } = scope;
  const candidates = world.peers.filter(
    (peer) => !peer.disk.isBlank && !peer.disk.isForeign && isBearable(scope, peer),
  );
  if (candidates.length === 0) return false;
  const peer = scope.dice.pick(candidates);
  peer.isHeldDown = true;
  peer.crash(scope.dice.chance(0.5));
  peer.isHeldDown = false;
  const { disk } = peer;
  const kept = { database: disk.database.copy(), sidecar: disk.sidecar, wasAmnesiac: disk.wasAmnesiac };
  const isChanged = change(disk) && isNoticeable(disk);
  disk.database.changed();
  if (!isChanged) Object.assign(disk, kept);
  else world.observe({ kind: "disk-changed", peer: peer.id, isNoticeable: true, disk: disk.image });
  peer.startIn(1 + scope.dice.below(world.options.peer.startMaxUs * 2));
  return isChanged;
}

function isBearable({ world }: FaultScope, victim: SimPeer): boolean {
  if (!world.isVoter(victim)) return true;
  // Before everybody has the first entry, a lost disk can leave a cluster that nobody else has heard of.
  const voters = world.peers.filter((peer) => world.isVoter(peer));
  const sound = voters.filter((peer) => peer !== victim && peer.disk.isSound);
  return sound.length >= world.quorum;
}

function isNoticeable(disk: SimDisk): boolean {
  try {
    const found = disk.inspect();
    return found.kind === "blank" || found.hardState.isAmnesiac || found.faults.length > 0;
  } catch (error) {
    if (error instanceof CoterieError) return true;
    throw error;
  }
}

/** Some entries in the middle cannot be read any more. Only those that the watermark covers are missed (R4). */
export const diskHole: Fault = (scope) =>
  damage(scope, ({ database, sidecar }) => {
    const covered = sidecar === null ? 0 : database.countUpTo(sidecar.watermark.zxid);
    if (covered === 0) return false;
    const first = scope.dice.below(covered);
    const count = Math.min(covered - first, scope.dice.scale(1, 40));
    for (const { zxid } of database.entries.slice(first, first + count)) database.unreadable.add(zxid);
    return true;
  });

/** As a hole, but of single entries all over the log, and found while the peer runs, if it is not found at its start. */
export const diskRot: Fault = (scope) =>
  damage(scope, ({ database, sidecar }) => {
    const covered = sidecar === null ? 0 : database.countUpTo(sidecar.watermark.zxid);
    for (let times = scope.dice.scale(1, 8); times > 0 && covered > 0; times--) {
      database.unreadable.add(database.entries[scope.dice.below(covered)]!.zxid);
    }
    return covered > 0;
  });

/** A log file was never linked into its directory: what stood in it is gone (ST-06). */
export const diskLostTail: Fault = (scope) =>
  damage(scope, ({ database }) => {
    const { entries, committed } = database;
    if (entries.length === 0) return false;
    const count = scope.dice.below(entries.length);
    database.entries = entries.slice(0, count);
    const last = database.last.zxid;
    for (const zxid of database.unreadable) if (zxid > last) database.unreadable.delete(zxid);
    if (committed > last) database.committed = last;
    return database.checkpoint === null || database.checkpoint.stored.zxid <= last;
  });

/** Opens as an empty database, while the sidecar is there. */
export const diskLostDatabase: Fault = (scope) =>
  damage(scope, (disk) => {
    disk.database = new Database();
    return true;
  });

export const diskLostSidecar: Fault = (scope) =>
  damage(scope, (disk) => {
    disk.sidecar = null;
    return true;
  });

/** Wiped: the same id, nothing else (ST-13). */
export const diskEmpty: Fault = (scope) =>
  damage(scope, (disk) => {
    disk.database = new Database();
    disk.sidecar = null;
    disk.wasAmnesiac = false;
    return true;
  });

/** The database of some time ago beside the sidecar of today. */
export const diskOlder: Fault = (scope) =>
  damage(scope, (disk) => {
    const { earlier } = disk;
    disk.earlier = disk.database.copy();
    if (earlier === null) return false;
    disk.database = earlier.copy();
    return true;
  });

/** Started on the disk of another peer: refused, and put right by an operator (ST-24). */
export const diskForeign: Fault = (scope) => {
  const [one, other] = scope.dice.sample(scope.world.peers, 2);
  if (one === undefined || other === undefined || other.disk.isBlank) return false;
  if (one.disk.isForeign || other.disk.isForeign) return false;
  one.isHeldDown = true;
  one.crash(false);
  one.isHeldDown = false;
  const { database, sidecar } = one.disk;
  one.disk.isForeign = true;
  one.disk.database = other.disk.database.copy();
  one.disk.sidecar = other.disk.sidecar;
  one.startIn(1);
  return () => {
    if (one.isUp) throw new Error(`peer ${one.id} has started on the disk of peer ${other.id}`);
    Object.assign(one.disk, { database, sidecar, isForeign: false });
    one.disk.database.changed();
    one.startIn(1);
  };
};
