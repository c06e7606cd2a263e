/** ZooKeeper's default `jute.maxbuffer`: the longest request frame a server accepts, length prefix not counted. */
export const JUTE_BUFFER_MAX_BYTES: number = 0xfffff;

/** The smallest value of ZooKeeper's `zookeeper.jute.maxbuffer.extrasize`; lower settings are raised to it. */
export const JUTE_EXTRA_SIZE_MIN_BYTES: number = 1024;

/**
 * The longest string or buffer inside a record, as ZooKeeper guards it: `jute.maxbuffer` plus the extra size, which
 * is `jute.maxbuffer` again unless set. The guard is separate from the frame limit, since replies have no frame limit.
 */
export function fieldSizeMaxBytes(
  juteBufferMaxBytes: number = JUTE_BUFFER_MAX_BYTES,
  extraSizeBytes: number = juteBufferMaxBytes,
): number {
  return juteBufferMaxBytes + Math.max(extraSizeBytes, JUTE_EXTRA_SIZE_MIN_BYTES);
}

/** `fieldSizeMaxBytes` with ZooKeeper's defaults: 2,097,150 bytes. */
export const FIELD_SIZE_MAX_BYTES_DEFAULT: number = fieldSizeMaxBytes();
