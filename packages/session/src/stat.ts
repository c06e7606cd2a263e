/** What a znode tells about itself (client-protocol 8). Safe in JSON. Zxids are exact integers below 2^53. */
export interface Stat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  /** Milliseconds since the Unix epoch, by the clock of the leader then. */
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** The session that owns an ephemeral znode, as `0x…`; null for others. */
  readonly ephemeralOwner: string | null;
  readonly dataSizeBytes: number;
  readonly childCount: number;
}
