/** What one client asked, and what it was told. */
export interface Operation {
  /** Of the whole run; what an operation writes holds it, so that every value is written by one operation. */
  readonly id: string;
  readonly client: string;
  /** The workload that it belongs to. */
  readonly work: string;
  /** As `0x…`. */
  readonly session: string;
  /** By the machine's monotonic clock, which all processes of a run share. */
  readonly begunMs: number;
  /** Infinity if no answer came. */
  readonly endMs: number;
  /** "failed": it took no effect. "unknown": it may have. */
  readonly outcome: "ok" | "failed" | "unknown";
  readonly code: string | null;
  /** The zxid that the reply carried: the last one that the peer had applied. 0 if there was no reply. */
  readonly seen: number;
  readonly call: Call;
  readonly result: Result | null;
}

export interface Write {
  readonly kind: "create" | "set";
  readonly path: string;
  readonly data: string;
  /** What a set expects; -1 for any. */
  readonly version: number;
}

export type Call =
  | Write
  | {
      readonly kind: "multi";
      readonly writes: readonly Write[];
      /** It makes ephemeral znodes, which go with their session. */
      readonly isEphemeral?: boolean;
      /** The place in the queue of a lock that has to be there, and its token. */
      readonly guard?: string;
      readonly token?: number;
    }
  /** Creates a sequential znode whose name begins with `path`. */
  | { readonly kind: "sequence"; readonly path: string }
  | { readonly kind: "get"; readonly path: string; readonly isLinearizable: boolean }
  | { readonly kind: "children"; readonly path: string; readonly isLinearizable: boolean }
  | { readonly kind: "sync" }
  /** Recursive, for a while. */
  | { readonly kind: "watch"; readonly path: string };

export type Result =
  /** Of each write of the call. */
  | { readonly kind: "written"; readonly states: readonly { readonly zxid: number; readonly version: number }[] }
  | { readonly kind: "named"; readonly path: string; readonly zxid: number }
  | { readonly kind: "state"; readonly data: string; readonly version: number; readonly mzxid: number }
  | { readonly kind: "children"; readonly names: readonly string[] }
  /** All that was told of zxids above `after`, up to and including `upTo`. */
  | {
      readonly kind: "events";
      readonly after: number;
      readonly upTo: number;
      readonly told: readonly (readonly [kind: string, path: string, zxid: number])[];
    };

/** A session's end as its client was told. */
export interface SessionEnd {
  readonly session: string;
  readonly atMs: number;
  readonly code: string;
}

export interface History {
  /** In the order in which they were begun; those of one client in the order in which it asked. */
  readonly operations: readonly Operation[];
  readonly ends: readonly SessionEnd[];
}
