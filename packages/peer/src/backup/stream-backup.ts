import type { Clock } from "@coterie/interface";
import type { OpenBackup } from "../engine/store/backups.ts";
import { BACKUP_IDLE_MAX_MS } from "../limits.ts";
import { contentsOf } from "./backup-source.ts";
import { Throttle } from "./throttle.ts";
import { writeBackup } from "./write-backup.ts";

export interface StreamBackupOptions {
  readonly clock: Clock;
  readonly bytesPerSecond: number;
  readonly signal: AbortSignal | undefined;
  /** Keeps the process alive meanwhile, where that is wanted. */
  readonly kept: (work: Promise<void>) => Promise<void>;
}

/** The bytes of a backup of a peer at work, at the pace of whoever takes them and no faster than allowed. */
export async function* streamBackup(
  begin: () => Promise<OpenBackup>,
  { clock, bytesPerSecond, signal, kept }: StreamBackupOptions,
): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted();
  const backup = await begin();
  const throttle = new Throttle(
    clock,
    bytesPerSecond,
    signal === undefined ? [backup.signal] : [signal, backup.signal],
  );
  const pieces = writeBackup(backup.header, contentsOf(backup));
  try {
    for (;;) {
      backup.check();
      const { done, value } = await pieces.next().catch((error: unknown) => {
        throw backup.failed(error);
      });
      if (done === true) return;
      await kept(throttle.pass(value.length));
      // Whoever does not ask for more holds pages and log for nothing.
      const timer = clock.setTimer(BACKUP_IDLE_MAX_MS, () => void backup.release());
      try {
        yield value;
      } finally {
        timer.cancel();
      }
      signal?.throwIfAborted();
    }
  } finally {
    await backup.release();
  }
}
