import type { Data, Session } from "@coterie/session";
import type { Hold } from "../hold/hold.ts";
import type { WaitOptions } from "../hold/wait.ts";
import type { Contender } from "../queue/contenders.ts";
import { lastOf } from "../queue/turn.ts";
import { QueueLock } from "./queue-lock.ts";

export interface ContenderOptions {
  /** What others see of a contender, as its host's name; in the znode's data. */
  readonly data?: Data | null;
}

/**
 * At most one of all sessions of the ensemble holds it; first come, first served. Not reentrant: each `acquire` is a contender of
 * its own, also in one process (LK-10).
 *
 * Excludes Curator's InterProcessMutex on the same path, and kazoo's Lock with `extra_lock_patterns=["-lock-"]`; what kazoo's own
 * znodes are called Curator does not understand.
 */
export interface Mutex {
  readonly path: string;
  /** Resolves when it is held. Rejects when the wait is given up, or the session is over; then nothing stays behind. */
  acquire(options?: WaitOptions): Promise<Hold>;
  /** Null if somebody holds it, or waits for it. */
  tryAcquire(options?: WaitOptions): Promise<Hold | null>;
  /** Who holds it, and of several readers the first; null if nobody does. */
  holder(options?: WaitOptions): Promise<Contender | null>;
  /** All who contend, the holder first. */
  contenders(options?: WaitOptions): Promise<readonly Contender[]>;
}

const LABEL = "lock-";
const LABELS = [LABEL, "__lock__"];

/** The lock of `path`, whose contenders' znodes are its children. */
export function createMutex(session: Session, path: string, { data = null }: ContenderOptions = {}): Mutex {
  return new QueueLock(session, { label: LABEL, data, rules: { parent: path, labels: LABELS, blocker: lastOf } });
}
