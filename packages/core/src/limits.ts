/**
 * Every limit of the state machine, with its default. Reaching one has the outcome that stands beside it.
 */
export interface CoreLimits {
  /** Bytes of one txn. `prepare` answers BAD_ARGUMENTS to a request whose txn would be larger. Default: 4 MiB. */
  readonly txnSizeMaxBytes: number;
  /**
   * Bytes of the buffers that hold the tree. `prepare` answers QUOTA_EXCEEDED to what would add to it, and also when
   * 57,344 pages are in use: each has 256 KiB of small znodes, or a single one above 64 KiB. Default: 12 GiB.
   */
  readonly treeSizeMaxBytes: number;
  /** Entries of one ACL. `prepare` answers INVALID_ACL to a longer one, since every look at it reads it all. Default: 1,000. */
  readonly aclEntriesMax: number;
  /**
   * Bytes, about, of all different ACLs, which are held once each beside the tree's buffers. `prepare` answers
   * QUOTA_EXCEEDED to a znode with one more. Default: 256 MiB.
   */
  readonly aclsSizeMaxBytes: number;
  /**
   * Bytes of data and names in the answer to one multiRead. When they are reached, the reads behind are answered
   * BAD_ARGUMENTS. Default: 4 MiB.
   */
  readonly multiReadSizeMaxBytes: number;
  /** Watches of one watcher (a connection). One more is answered BAD_ARGUMENTS. Default: 100,000. */
  readonly watchesPerWatcherMax: number;
  /** The paths that one watcher watches, at two bytes a character. One more is answered BAD_ARGUMENTS. Default: 32 MiB. */
  readonly watchesSizePerWatcherMaxBytes: number;
}

export const CORE_LIMITS_DEFAULT: CoreLimits = Object.freeze({
  txnSizeMaxBytes: 4 * 2 ** 20,
  treeSizeMaxBytes: 12 * 2 ** 30,
  aclEntriesMax: 1_000,
  aclsSizeMaxBytes: 256 * 2 ** 20,
  multiReadSizeMaxBytes: 4 * 2 ** 20,
  watchesPerWatcherMax: 100_000,
  watchesSizePerWatcherMaxBytes: 32 * 2 ** 20,
});
