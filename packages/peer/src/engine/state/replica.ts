import { decodeEnsembleConfig, TAG_CONFIG } from "@coterie/consensus";
import { type Applied, type CoreStateMachine, createStateMachine, type StateMachineOptions } from "@coterie/core";
import {
  CHAIN_HASH_NONE,
  type LogEntry,
  type LogPosition,
  SESSION_NONE,
  type WallTimeMs,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import { configText } from "./config-text.ts";
import type { Restored } from "./restore-machine.ts";

/** What a log entry costs the store beside its bytes, about. */
const ENTRY_OVERHEAD_BYTES = 16;

const CONFIG_PATH = "/zookeeper/config";
const READER = { sessionId: SESSION_NONE, identities: [], watcher: 0 };

/** A peer's state machine, and where in the log it stands. */
export class Replica {
  machine: CoreStateMachine;
  position: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
  /** Bytes of the log that were applied since the checkpoint that the store holds. */
  logSizeBytes = 0;
  /** Where the checkpoint stands that the store holds; 0 if it holds none. */
  checkpointZxid: Zxid = ZXID_NONE;
  /** Bytes of its pages. */
  checkpointSizeBytes = 0;
  readonly options: StateMachineOptions;

  constructor(options: StateMachineOptions) {
    this.options = options;
    this.machine = createStateMachine(options);
  }

  /** @throws CoterieError TXN_CORRUPT */
  apply(entry: LogEntry): Applied {
    const txn = entry.tag === TAG_CONFIG ? configTxn(entry) : entry.bytes;
    const applied = this.machine.apply(entry.zxid, txn);
    this.position = entry;
    this.logSizeBytes += entry.bytes.length + ENTRY_OVERHEAD_BYTES;
    return applied;
  }

  become({ machine, position, checkpointSizeBytes }: Restored): void {
    this.machine = machine;
    this.position = position;
    this.checkpointZxid = position.zxid;
    this.checkpointSizeBytes = checkpointSizeBytes;
    this.logSizeBytes = 0;
  }

  /** The text of /zookeeper/config; null if no voter set was applied yet. */
  configText(): string | null {
    const answer = this.machine.read({ kind: "getData", path: CONFIG_PATH, watch: false }, READER);
    if (answer.kind !== "getData" || answer.data === null || answer.data.length === 0) return null;
    return new TextDecoder().decode(answer.data);
  }
}

/** The txn that a config entry stands for: the same on every peer. A scratch machine encodes it. */
function configTxn({ zxid, bytes }: LogEntry): Uint8Array {
  const data = new TextEncoder().encode(configText(decodeEnsembleConfig(bytes), zxid));
  const context = { zxid: 1 as Zxid, timeMs: 0 as WallTimeMs, sessionId: SESSION_NONE, cxid: 0, identities: [] };
  return createStateMachine().prepare({ kind: "config", data }, context);
}
