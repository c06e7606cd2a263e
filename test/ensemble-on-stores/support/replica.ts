import { type Applied, type CoreStateMachine, createStateMachine, Restore } from "@coterie/core";
import { TAG_CONFIG } from "@coterie/consensus";
import {
  type LogEntry,
  type LogPosition,
  type LogStorage,
  positionOf,
  type RecoveredLog,
  SESSION_NONE,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import { START } from "../../../packages/storage-classic-level/test/support/stores.ts";

type OpenLog = RecoveredLog & { readonly kind: "open" };

const READ_SIZE_MAX_BYTES = 2 ** 20;
const READER = { sessionId: SESSION_NONE, identities: [], watcher: 0 };

/** A peer's state machine, and where in the log it stands: made of nothing but what its store holds. */
export class Replica {
  machine: CoreStateMachine = createStateMachine();
  position: LogPosition = START;
  /** The voters as the log says them, up to its end. */
  config: Uint8Array | null = null;
  private readonly storage: LogStorage;

  constructor(storage: LogStorage) {
    this.storage = storage;
  }

  /** From the checkpoint, and the log up to what is committed and can be read. */
  async recover(found: RecoveredLog): Promise<void> {
    if (found.kind === "blank") return;
    if (found.checkpoint !== null) await this.restore();
    const upTo = Math.min(found.committed, found.faults[0]?.after.zxid ?? Infinity);
    for await (const entry of this.readable(found)) {
      if (entry.tag === TAG_CONFIG) this.config = entry.bytes;
      if (entry.zxid > this.position.zxid && entry.zxid <= upTo) this.apply(entry);
    }
    this.config ??= this.data("/zookeeper/config");
  }

  private async *readable({ base, last }: OpenLog): AsyncGenerator<LogEntry, void> {
    for (let after = base.zxid; after < last.zxid;) {
      const reading = await this.storage.read({ after, upTo: last.zxid }, READ_SIZE_MAX_BYTES);
      if (reading.kind === "purged") throw new Error("nobody purges meanwhile");
      if (reading.kind === "entries") yield* reading.entries;
      after = reading.kind === "faulty" ? reading.fault.upTo.zxid : reading.entries.at(-1)!.zxid;
    }
  }

  /** Becomes what the store's checkpoint says. */
  async restore(): Promise<void> {
    const reader = await this.storage.openCheckpoint();
    if (reader === null) throw new Error("the store has a checkpoint");
    const { checkpoint } = reader;
    const restore = new Restore();
    for (let index = 0; index < checkpoint.pageCount;) {
      const pages = await reader.read(index, READ_SIZE_MAX_BYTES);
      for (const page of pages) restore.addPage(page);
      index += pages.length;
    }
    await reader.close();
    this.machine = restore.finish(checkpoint);
    this.machine.checkpoints.resume(checkpoint.baseSizeBytes, checkpoint.deltasSizeBytes);
    this.position = positionOf(checkpoint);
  }

  apply(entry: LogEntry): Applied {
    const bytes = entry.tag === TAG_CONFIG ? configTxn(entry.bytes) : entry.bytes;
    const applied = this.machine.apply(entry.zxid, bytes);
    this.position = positionOf(entry);
    return applied;
  }

  /** What a znode holds; null if there is none, or nothing in it. */
  data(path: string): Uint8Array | null {
    const answer = this.machine.read({ kind: "getData", path, watch: false }, READER);
    return answer.kind === "getData" && answer.data !== null && answer.data.length > 0 ? answer.data.slice() : null;
  }
}

/** The txn that a config entry stands for: the same on every peer. */
function configTxn(data: Uint8Array): Uint8Array {
  const context = { zxid: 1 as Zxid, timeMs: 0 as WallTimeMs, sessionId: SESSION_NONE, cxid: -1, identities: [] };
  return createStateMachine().prepare({ kind: "config", data }, context);
}
