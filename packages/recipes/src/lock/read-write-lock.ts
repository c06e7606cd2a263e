import type { Session } from "@coterie/session";
import { lastOf } from "../queue/turn.ts";
import { checkContender, type ContenderOptions, type Mutex } from "./mutex.ts";
import { QueueLock } from "./queue-lock.ts";

/** Many may read together, or one may write; first come, first served, so that nobody waits for ever. */
export interface ReadWriteLock {
  readonly path: string;
  readonly read: Mutex;
  readonly write: Mutex;
}

const READ = "__READ__";
const WRITE = "__WRIT__";
const LABELS = [READ, WRITE];

/**
 * Excludes Curator's InterProcessReadWriteLock on the same path. Not reentrant: who writes waits for itself when it reads.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createReadWriteLock(session: Session, path: string, options: ContenderOptions = {}): ReadWriteLock {
  checkContender("a read-write lock", path, options);
  const { data = null } = options;
  const read = new QueueLock(session, {
    label: READ,
    data,
    rules: {
      parent: path,
      labels: LABELS,
      blocker: (before) => before.findLast(({ label }) => label === WRITE) ?? null,
    },
  });
  const write = new QueueLock(session, {
    label: WRITE,
    data,
    rules: { parent: path, labels: LABELS, blocker: lastOf },
  });
  return { path, read, write };
}
