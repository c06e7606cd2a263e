/** What four-letter words tell of the server beside its sessions: known to whoever put it together. */
export interface ServerFacts {
  /** As `srvr` shows it: a version that clients may parse, then more. `3.9.5-coterie-0.1.0, built on 2026-01-31 00:00 UTC`. */
  readonly version: string;
  /** One voter alone: its mode is "standalone". */
  isStandalone(): boolean;
  /** What `conf` answers: lines of `key=value`, and of an ensemble the text of its configuration behind `membership: `. */
  configuration(): string;
  /** Of checkpoints and of the log, for `dirs`. */
  directorySizes(): { readonly dataSizeBytes: number; readonly logSizeBytes: number };
  /** Of a leader: sizes of txns proposed, -1 for none yet; else null. */
  proposalSizes(): { readonly lastBytes: number; readonly minBytes: number; readonly maxBytes: number } | null;
  /** Of a leader: when sessions expire if they are silent, by the wall clock; else null. */
  sessionDeadlines(): readonly { readonly atMs: number; readonly ids: readonly bigint[] }[] | null;
  /** More lines for `mntr`, by ZooKeeper's names without `zk_`. */
  metrics(): readonly (readonly [name: string, value: string | number])[];
}
