import { jumpClocks } from "./clocks.mjs";
import * as disks from "./disks.mjs";
import { dieAtFailpoint } from "./failpoints.mjs";
import * as keepsakes from "./keepsakes.mjs";
import * as network from "./network.mjs";
import * as processes from "./processes.mjs";
import * as rot from "./rot.mjs";
import { upgrade } from "./upgrades.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */

/**
 * What a fault does: it hurts, waits, and mends what it can mend itself; resolves with what it was, for people.
 * `isMixed`: it may come together with another one. `missing` says why it cannot be had here,
 * if it cannot.
 *
 * @typedef {{ run: (fleet: Fleet, random: Random) => Promise<string>, isMixed: boolean, missing?: (fleet: Fleet) => string }} Kind
 */

/** @type {Readonly<Record<string, Kind>>} */
export const KINDS = {
  kill: { run: processes.kill, isMixed: true },
  failpoint: { run: dieAtFailpoint, isMixed: false },
  "kill-many": { run: processes.killMany, isMixed: false },
  stop: { run: processes.stop, isMixed: true },
  "stop-clients": { run: processes.stopClients, isMixed: true },
  starve: { run: processes.starve, isMixed: true },
  restart: { run: processes.restartAll, isMixed: false },
  upgrade: { run: upgrade, isMixed: false },
  wipe: { run: processes.wipe, isMixed: false },
  partition: { run: network.partition, isMixed: true },
  scatter: { run: network.scatter, isMixed: true },
  bridge: { run: network.bridge, isMixed: true },
  "one-way": { run: network.oneWay, isMixed: true },
  delay: { run: network.delay, isMixed: true },
  crumbs: { run: network.crumbs, isMixed: true },
  break: { run: network.breakLines, isMixed: true },
  "cut-clients": { run: network.cutClients, isMixed: true },
  twice: { run: network.twice, isMixed: true },
  eio: { run: disks.failDisk, isMixed: false, missing: ({ missing }) => missing.shim },
  "slow-disk": { run: disks.slowDisk, isMixed: true, missing: ({ missing }) => missing.shim },
  "full-disk": { run: disks.fillDisk, isMixed: false, missing: ({ missing }) => missing.small },
  clock: { run: jumpClocks, isMixed: true, missing: ({ missing }) => missing.shim },
  swap: { run: disks.swap, isMixed: false },
  backup: { run: keepsakes.backup, isMixed: true },
  disaster: { run: keepsakes.disaster, isMixed: false },
  rot: { run: rot.rot, isMixed: false },
  "rot-checkpoint": { run: rot.rotCheckpoint, isMixed: false },
};
