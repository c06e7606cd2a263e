import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import type { Hold } from "../queue/hold.ts";
import { persist } from "../calls/retry.ts";
import type { CronRecord } from "./record.ts";

/**
 * Writes it under the lock: nobody else writes meanwhile, so what is written twice because an answer was lost is the same. Rejects with
 * NOT_HELD when the lock is held no more.
 */
export async function writeRecord(
  session: Session,
  hold: Hold,
  path: string,
  record: CronRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const text = JSON.stringify(record);
  const options = signal === undefined ? {} : { signal };
  const set = async (): Promise<void> => void (await hold.guard(session.transaction()).set(path, text).commit(options));
  const create = async (): Promise<void> => {
    await hold.guard(session.transaction()).create(path, text).commit(options);
  };
  for (let write = set; ; write = write === set ? create : set) {
    try {
      return await persist(session, write, signal);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      if (error.code === "NO_NODE" && error.index === 0) {
        throw new CoterieError("NOT_HELD", `${hold.path} is held no more: its znode was deleted`, {
          path: hold.path,
          cause: error,
        });
      }
      // It is not there yet, or is there since.
      if (error.code !== (write === set ? "NO_NODE" : "NODE_EXISTS")) throw error;
    }
  }
}
