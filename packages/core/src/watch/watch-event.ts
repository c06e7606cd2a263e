import type { Zxid } from "@coterie/interface";

/** A number for a connection, or for whatever else is told of events; made by `Watches.open`. */
export type WatcherId = number;

export type WatchEventKind = "NodeCreated" | "NodeDeleted" | "NodeDataChanged" | "NodeChildrenChanged";

/** One event and everyone to be told of it, each once. */
export interface WatchEvent {
  readonly kind: WatchEventKind;
  readonly path: string;
  /** The txn that caused it; ZXID_NONE for what setWatches tells afterwards. */
  readonly zxid: Zxid;
  readonly watchers: readonly WatcherId[];
}
