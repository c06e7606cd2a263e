import { checkOptions, type OptionKinds } from "@coterie/interface";
import type { Data, Session } from "@coterie/session";
import { checkData, checkOwnPath } from "../calls/check.ts";
import type { Hold } from "../queue/hold.ts";
import type { WaitOptions } from "../calls/wait.ts";
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
/** Of all who contend for a mutex. */
export const MUTEX_LABELS: readonly string[] = [LABEL, "__lock__"];

const OPTIONS: OptionKinds<ContenderOptions> = { data: "any" };

/** What contenders of all kinds are made of. @throws CoterieError BAD_ARGUMENTS */
export function checkContender(whose: string, path: string, options: ContenderOptions): void {
  checkOwnPath(path);
  checkOptions(whose, options, OPTIONS);
  checkData(options.data);
}

/**
 * The lock of `path`, whose contenders' znodes are its children.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createMutex(session: Session, path: string, options: ContenderOptions = {}): Mutex {
  checkContender("a mutex", path, options);
  const { data = null } = options;
  return new QueueLock(session, { label: LABEL, data, rules: { parent: path, labels: MUTEX_LABELS, blocker: lastOf } });
}
