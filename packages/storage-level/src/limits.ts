/** Every bound of a store, with its unit. What happens at each of them stands beside it. */
export const STORAGE_LIMITS: {
  /** A batch with more is cut into several records, which are written as one. An entry is never cut. */
  readonly recordSizeMaxBytes: number;
  /** Pages wait in memory until they are so many, and are then written and synced together. */
  readonly draftBufferMaxBytes: number;
  /** Of a store that does not stand yet: so much of a draft is kept in memory, more is misuse. */
  readonly draftUncreatedMaxBytes: number;
  /** Work is done in pieces of so many bytes, with a turn of the event loop between two of them. */
  readonly pieceSizeMaxBytes: number;
  /** What an entry, a page or a record costs beside its bytes; counts for both of the above and for drafts. */
  readonly itemOverheadBytes: number;
  /** Likewise for work that is counted in keys. */
  readonly pieceKeysMax: number;
  /** The second copy says at most so long ago how far the log reached. */
  readonly watermarkLagMaxMs: number;
  /** Full checkpoint and deltas together; a further delta is misuse. */
  readonly checkpointSegmentsMax: number;
  /** Records, behind the last one that is known as committed, that a hole may leave in doubt; older ones are taken for sure. */
  readonly doubtedRecordsMax: number;
  /** How often a reading starts because a write got in its way, or since it found a fault, before it calls the whole log a fault. */
  readonly readAttemptsMax: number;
  /** A segment of the journal that is made ahead; a frame that is larger has a segment of its own. */
  readonly segmentSizeBytes: number;
  /** A segment that nobody has made ahead grows to no more, unless its first frame is larger. The first one made ahead is no larger. */
  readonly growingSegmentSizeBytes: number;
  /** A segment that grows gives way after so many frames: from then on a store is worth a segment that is made ahead. */
  readonly growingFramesMax: number;
  /** Segments that are only read and kept open nevertheless; of more those that nobody reads are closed. */
  readonly openSegmentsMax: number;
  /** Freed segments that wait to be used again; further ones are removed. */
  readonly spareSegmentsMax: number;
  /** All that one batch does to the log; more is misuse. */
  readonly frameSizeMaxBytes: number;
} = Object.freeze({
  recordSizeMaxBytes: 2 ** 20,
  draftBufferMaxBytes: 2 ** 20,
  draftUncreatedMaxBytes: 64 * 2 ** 20,
  pieceSizeMaxBytes: 2 ** 20,
  itemOverheadBytes: 256,
  pieceKeysMax: 1000,
  watermarkLagMaxMs: 100,
  checkpointSegmentsMax: 65_536,
  doubtedRecordsMax: 65_536,
  readAttemptsMax: 4,
  segmentSizeBytes: 16 * 2 ** 20,
  growingSegmentSizeBytes: 2 ** 20,
  growingFramesMax: 32,
  openSegmentsMax: 16,
  spareSegmentsMax: 2,
  frameSizeMaxBytes: 2 ** 28,
});
