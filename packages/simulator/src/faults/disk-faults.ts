import { CoterieError } from "@coterie/interface";
import { Database } from "../disk/database.ts";
import type { DiskCopy, SimDisk } from "../disk/sim-disk.ts";
import { damagePages } from "../disk/stored-pages.ts";
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
  const peer = victimOf(scope, () => true);
  return peer !== null && damageOf(scope, peer, change);
}

/** A peer whose loss can be borne; null if there is none. */
function victimOf(scope: FaultScope, isWanted: (peer: SimPeer) => boolean): SimPeer | null {
  const candidates = scope.world.peers.filter(
    (peer) => !peer.disk.isBlank && !peer.disk.isForeign && isWanted(peer) && isBearable(scope, peer),
  );
  return candidates.length === 0 ? null : scope.dice.pick(candidates);
}

function damageOf(scope: FaultScope, peer: SimPeer, change: (disk: SimDisk) => boolean): boolean {
  const { world } = scope;
  crashFor(scope, peer);
  const { disk } = peer;
  const kept = disk.copy();
  const isChanged = change(disk) && isNoticeable(disk);
  disk.database.changed();
  if (isChanged) tell(scope, peer, true);
  else Object.assign(disk, kept);
  peer.startIn(1 + scope.dice.below(world.options.peer.startMaxUs * 2));
  return isChanged;
}

/** Crashes the peer, and leaves it to the caller to start it again. */
function crashFor(scope: FaultScope, peer: SimPeer): void {
  peer.isHeldDown = true;
  peer.crash(scope.dice.chance(0.5));
  peer.isHeldDown = false;
}

function tell({ world }: FaultScope, { id, disk }: SimPeer, isNoticed: boolean): void {
  world.observe({ kind: "disk-changed", peer: id, isNoticeable: isNoticed, disk: disk.image });
}

function isBearable({ world }: FaultScope, victim: SimPeer): boolean {
  if (!world.isVoter(victim)) return true;
  // Before everybody has the first entry, a lost disk can leave a cluster that nobody else has heard of.
  const voters = world.peers.filter((peer) => world.isVoter(peer));
  const sound = voters.filter((peer) => peer !== victim && peer.disk.isSound);
  return sound.length >= world.quorum;
}

function isNoticeable(disk: SimDisk): boolean {
  const { failure } = disk;
  // A disk without room is refused, too, and opens as soon as there is some.
  disk.failure = null;
  try {
    const found = disk.inspect();
    return found.kind === "blank" || found.hardState.isAmnesiac || found.faults.length > 0;
  } catch (error) {
    if (error instanceof CoterieError) return true;
    throw error;
  } finally {
    disk.failure = failure;
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

/** As a hole, but of single entries all over the log, and found when the peer starts or, later, when it reads them. */
export const diskRot: Fault = (scope) => {
  if (scope.dice.chance(0.4)) return damage(scope, (disk) => rot(scope, disk));
  const peer = victimOf(scope, ({ isUp }) => isUp);
  if (peer === null || !rot(scope, peer.disk)) return false;
  tell(scope, peer, true);
  return true;
};

function rot({ dice }: FaultScope, { database, sidecar }: SimDisk): boolean {
  const covered = sidecar === null ? 0 : database.countUpTo(sidecar.watermark.zxid);
  for (let times = dice.scale(1, 8); times > 0 && covered > 0; times--) {
    database.unreadable.add(database.entries[dice.below(covered)]!.zxid);
  }
  database.changed();
  return covered > 0;
}

/** Power is lost in a write, and a later record of it is there, an earlier one is not (ST-05): a hole (R2, R4). */
export const diskReordered: Fault = (scope) => {
  const peer = victimOf(scope, ({ disk }) => disk.appendingCount > 1);
  if (peer === null) return false;
  peer.disk.reorder();
  crashFor(scope, peer);
  tell(scope, peer, true);
  peer.startIn(1 + scope.dice.below(scope.world.options.peer.startMaxUs * 2));
  return true;
};

/**
 * Pages of a checkpoint rot under a running peer (ST-10): it cannot send them to a learner, and once it has ended it
 * cannot start. If no newer checkpoint has taken their place, an operator wipes the disk in the end.
 */
export const diskPageRot: Fault = (scope) => {
  // A leader is the one that reads its checkpoint while it runs.
  const ofLeader = scope.dice.chance(0.5);
  const peer = victimOf(
    scope,
    ({ run, disk }) =>
      (run?.role.state === "leading" || (run !== null && !ofLeader)) &&
      (disk.database.checkpoint?.pages.length ?? 0) > 0,
  );
  if (peer === null) return false;
  const { disk } = peer;
  const { checkpoint } = disk.database;
  const count = checkpoint!.pages.length;
  disk.database.checkpoint = damagePages(
    checkpoint!,
    Array.from({ length: scope.dice.between(1, 3) }, () => scope.dice.below(count)),
  );
  if (scope.dice.chance(0.5)) peer.run!.house.purge();
  return () => {
    if (disk.hasDamagedPages && !disk.isForeign) damageOf(scope, peer, wipe);
  };
};

/** An operator wipes the disk of a peer that cannot start because of its checkpoint. */
export function wipeUnusable({ world }: Pick<FaultScope, "world">, peer: SimPeer): void {
  if (peer.isUp || peer.disk.isForeign || !peer.disk.hasDamagedPages) return;
  wipe(peer.disk);
  peer.disk.database.changed();
  world.observe({ kind: "disk-changed", peer: peer.id, isNoticeable: true, disk: peer.disk.image });
}

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
export const diskEmpty: Fault = (scope) => damage(scope, wipe);

function wipe(disk: SimDisk): boolean {
  disk.database = new Database();
  disk.sidecar = null;
  disk.wasAmnesiac = false;
  return true;
}

/** The database of some time ago beside the sidecar of today. */
export const diskOlder: Fault = (scope) =>
  damage(scope, (disk) => {
    const { earlier } = disk;
    disk.earlier = disk.copy();
    if (earlier === null) return false;
    disk.database = earlier.database.copy();
    return true;
  });

/**
 * The database and the sidecar of some time ago (ST-23): the peer cannot notice, others may, who remember its acks.
 * Done only where nothing depends on that: no promise of an epoch is forgotten, and of all that is lost every quorum
 * still has an intact copy.
 */
export const diskRollback: Fault = (scope) => {
  const { world, dice } = scope;
  const peer = victimOf(scope, ({ disk }) => disk.isSound && disk.failure !== "full");
  if (peer === null) return false;
  const { disk } = peer;
  const { earlier } = disk;
  if (earlier === null || !isOldImage(earlier, disk)) {
    if (earlier === null || !hasSamePromises(earlier, disk)) disk.earlier = disk.copy();
    return false;
  }
  if (!isHeldElsewhere(scope, peer)) return false;
  crashFor(scope, peer);
  // The write under way at the crash may have changed what is compared.
  const isDone = isOldImage(earlier, disk);
  if (isDone) {
    disk.rolledBackFrom = disk.database.last.zxid;
    Object.assign(disk, earlier, { database: earlier.database.copy() });
    disk.database.changed();
    tell(scope, peer, false);
  }
  peer.startIn(1 + dice.below(world.options.peer.startMaxUs * 2));
  return isDone;
};

function hasSamePromises({ database, wasAmnesiac }: DiskCopy, disk: SimDisk): boolean {
  const [then, now] = [database.hardState, disk.database.hardState];
  if (then === null || now === null || wasAmnesiac || then.isAmnesiac || now.isAmnesiac) return false;
  const names = ["clusterId", "incarnation", "acceptedEpoch", "currentEpoch"] as const;
  return names.every((name) => then[name] === now[name]);
}

/** Whether less stands in it, all of it can be read, and the same is promised. */
function isOldImage(earlier: DiskCopy, disk: SimDisk): boolean {
  const { database } = earlier;
  if (!hasSamePromises(earlier, disk) || database.unreadable.size > 0) return false;
  if (database.checkpoint !== null && database.checkpoint.damaged.size > 0) return false;
  return database.last.zxid < disk.database.last.zxid;
}

/** Whether those voters that do not have all of the victim's log, or were rolled back before, are less than a quorum. */
function isHeldElsewhere({ world }: FaultScope, victim: SimPeer): boolean {
  if (!world.isVoter(victim)) return true;
  const { zxid, chainHash } = victim.disk.database.last;
  const isWithout = (peer: SimPeer): boolean => {
    const { disk } = peer;
    if (peer === victim || disk.rolledBackFrom !== null || !disk.isSound) return true;
    const { database } = disk;
    const own = database.entries[database.countUpTo(zxid) - 1] ?? database.base;
    return own.zxid !== zxid || own.chainHash !== chainHash;
  };
  return world.peers.filter((peer) => world.isVoter(peer) && isWithout(peer)).length < world.quorum;
}

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
