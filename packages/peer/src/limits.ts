import type { PeerLimits } from "./options.ts";

export const PEER_LIMITS_DEFAULT: PeerLimits = Object.freeze({
  linkQueueMaxBytes: 128 * 2 ** 20,
  clientQueueMaxBytes: 16 * 2 ** 20,
  sessionRequestsMax: 1_000,
  applyTurnMaxMs: 5,
  checkpointIntervalBytes: 64 * 2 ** 20,
});

/** Bytes of one frame between peers: a longer one closes the link. More than consensus ever puts into one. */
export const LINK_FRAME_SIZE_MAX_BYTES: number = 96 * 2 ** 20;

/**
 * Ticks that come at once while a peer serves: as many as `dedicated` has between heartbeats, so an idle leader wakes up to send them and a
 * follower as often. Whoever elects or synchronises has them one by one.
 */
export const TICKS_TOGETHER_SERVING = 2;

/** A tick that comes later than this many shows that the event loop stood still (R8). */
export const STALL_TICKS = 3;

/** Turns that a tick waits behind a stall, so that what has arrived meanwhile is read first (R8). */
export const STALL_DRAIN_TURNS = 2;

/** Requests of this peer's own sessions that wait for room at the leader, if it is this peer: the next ones are refused. */
export const LEADER_REQUESTS_MAX: number = 2 ** 14;

/** The leader expires and reaps no more while this many requests wait: both come later. */
export const LEADER_HOUSEKEEPING_REQUESTS_MAX = 1_024;

/** Sessions that a leader expires in one turn: the rest is for the next. */
export const EXPIRED_PER_TURN_MAX = 256;

/** Containers and TTL znodes that a leader proposes to delete in one turn: the rest is for the next. */
export const REAPED_PER_TURN_MAX = 64;

/** From one look for containers and TTL znodes that are due to the next. */
export const REAP_INTERVAL_MS = 1_000;

/** Sessions of a new leader's tracker that are filled in in one turn: nothing is prepared before all are. */
export const TRACKED_PER_TURN_MAX = 2_000;

/** Touches of one report to the leader: the rest is in the next report. */
export const TOUCHES_PER_REPORT_MAX = 4_096;

/** Bytes of one reading of the log or of a checkpoint while a peer recovers. */
export const RECOVERY_READ_SIZE_MAX_BYTES: number = 2 ** 20;

/** How long recovery may hold the event loop before it lets others run. */
export const RECOVERY_SLICE_MAX_MS = 4;

/** Bytes of the pages of a peer's own checkpoint that go to the store in one call, and the time they may take of one turn. */
export const OWN_PAGES_SIZE_MAX_BYTES: number = 2 ** 20;
export const OWN_PAGES_TURN_MAX_MS = 4;

/** How long a peer that stops waits for another one to lead: then it goes without. */
export const HAND_OVER_MAX_MS = 2_000;

/** Between dials of a peer that is not there: doubles from the first to the second, each shortened by chance to a half. */
export const REDIAL_MIN_MS = 50;
export const REDIAL_MAX_MS = 2_000;

/** A link that was up for less is taken for one that did not come about: the next dial waits longer. */
export const LINK_STABLE_MS = 2_000;

/**
 * What one connection may prove to be: identities, and bytes of them all, as they go to the leader with each of its writes. A
 * credential beyond is answered AUTH_FAILED, and the connection ends.
 */
export const IDENTITIES_MAX = 64;
export const IDENTITIES_SIZE_MAX_BYTES: number = 8 * 2 ** 10;

/** What is said once for many times that it comes by is logged again after so long. */
export const REPORT_AGAIN_MS = 60_000;

/** Reports that are told from others. Beyond it all are forgotten, and logged again. */
export const REPORTS_REMEMBERED_MAX = 100;

/** How long the opening of a store may take before the log says so, and between two sayings. */
export const STORE_SLOW_WARN_MS = 10_000;

/**
 * Bytes of the requests of one connection that are not answered, whatever they wait for: no more of its requests are taken in, until
 * half of them are answered.
 */
export const CONNECTION_REQUESTS_MAX_BYTES: number = 4 * 2 ** 20;

/**
 * Writes of all sessions that a peer serves on their way to the leader and back, and bytes of them: the next ones wait at their
 * connections until half of them are answered. Below what leader and links take without refusing any.
 */
export const WRITES_UNDER_WAY_MAX: number = 2 ** 12;
export const WRITES_UNDER_WAY_MAX_BYTES: number = 16 * 2 ** 20;

/** Reads that are looked up together, and answered before more are taken in: what they answer may be large. */
export const READS_TOGETHER_MAX = 32;

/**
 * Reads of one connection that stand between its writes on their way: they are answered as soon as the write before them is, whether
 * the client has room or not, since they must not see the write behind. A write behind more of them waits until they are answered.
 */
export const READS_BEFORE_WRITE_MAX = 64;

/** Reads of small znodes, or as much of large ones, that sessions in the process are answered before the event loop turns again. */
export const READ_NOW_MAX = 1_000;

/** Backups of one peer at once: one more is answered THROTTLED_OP. Each keeps pages and log entries that would be let go of. */
export const BACKUPS_MAX = 4;

/** Bytes of pages or of log entries that a backup reads, and hands out, at once; more only for a larger page or entry. */
export const BACKUP_PIECE_SIZE_MAX_BYTES: number = 256 * 2 ** 10;

/** No backup is slower by its `bytesPerSecond`: it would hold pages and log for days. */
export const BACKUP_BYTES_PER_SECOND_MIN: number = 64 * 2 ** 10;

/** How long a backup waits for whoever takes it to ask for more: then it is given up, with ABORTED. */
export const BACKUP_IDLE_MAX_MS = 60_000;

/**
 * Checkpoints that this peer takes while a backup keeps the log from being purged: behind that the backup is given up, with ABORTED,
 * since the disk would fill.
 */
export const BACKUP_CHECKPOINTS_MAX = 16;

/** How far above all epochs that a backup knows a restored cluster begins, unless said otherwise. */
export const RESTORE_EPOCH_RAISE = 1_024;

/** Bytes of the pages that a restore hands to the store at once. */
export const RESTORE_PAGES_SIZE_MAX_BYTES: number = 2 ** 20;
