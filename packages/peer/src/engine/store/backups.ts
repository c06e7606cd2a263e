import type { ZabView } from "@coterie/consensus";
import { type CheckpointReader, type Clock, CoterieError, type LogStorage, type Zxid } from "@coterie/interface";
import { type BackupSource, markOf } from "../../backup/backup-source.ts";
import { BACKUPS_MAX } from "../../limits.ts";
import type { Replica } from "../state/replica.ts";
import { type LogPin, LogPins } from "./log-pins.ts";

export interface BackupsHost {
  readonly storage: LogStorage;
  readonly replica: Replica;
  readonly clock: Clock;
  view(): ZabView;
  /** A page of the stored checkpoint cannot be read. */
  damaged(error: CoterieError): void;
}

/** A backup that is being taken. */
export interface OpenBackup extends BackupSource {
  /** Fires when it cannot go on: its reason is PEER_STOPPED, or ABORTED if it has held the log for too long. */
  readonly signal: AbortSignal;
  /** @throws CoterieError the signal's reason, or ABORTED if it was released. */
  check(): void;
  /** What reading has thrown, in words for whoever takes the backup. */
  failed(error: unknown): unknown;
  /** Lets pages and log go. May be called again. */
  release(): Promise<void>;
}

/** What one that is being taken holds. */
interface Hold {
  readonly pin: LogPin;
  readonly giveUp: (reason: CoterieError) => void;
}

/** What this peer's store holds for backups, while the peer goes on. */
export class Backups {
  private readonly host: BackupsHost;
  private readonly pins = new LogPins();
  private readonly open = new Set<Hold>();

  constructor(host: BackupsHost) {
    this.host = host;
  }

  /** How far the log may be purged that has no other use up to `upTo`. Once for each checkpoint that is taken. */
  purgeable(upTo: Zxid): Zxid {
    const limit = this.pins.limit(upTo);
    for (const { pin, giveUp } of this.open) if (pin.isLost) giveUp(tooSlow());
    return limit;
  }

  /** The peer has stopped. Whoever waits for the next piece hears of it. */
  end(): void {
    for (const { giveUp } of this.open) giveUp(stopped());
  }

  /**
   * The checkpoint that stands and the log behind it, up to what is applied at the moment at which it resolves. Rejects with
   * THROTTLED_OP, NO_QUORUM (the peer belongs to no cluster yet), ABORTED (it is becoming what another's checkpoint says), or as the
   * store does.
   */
  async begin(): Promise<OpenBackup> {
    const { host, pins } = this;
    if (pins.size >= BACKUPS_MAX) {
      const message = `${pins.size} backups of this peer are under way: wait until one of them has ended`;
      throw new CoterieError("THROTTLED_OP", message);
    }
    const pin = pins.hold(host.replica.checkpointZxid);
    let reader: CheckpointReader | null = null;
    const ending = new AbortController();
    const { signal } = ending;
    const release = async (): Promise<void> => {
      this.open.delete(hold);
      pins.release(pin);
      await reader?.close();
    };
    const giveUp = (reason: CoterieError): void => {
      ending.abort(reason);
      void release();
    };
    const hold: Hold = { pin, giveUp };
    this.open.add(hold);
    try {
      reader = await host.storage.openCheckpoint();
      signal.throwIfAborted();
      const { storage } = host;
      return {
        header: this.headerNow(reader),
        storage,
        reader: reader === null ? null : this.watched(reader, signal),
        signal,
        release,
        check: () => {
          signal.throwIfAborted();
          if (!this.open.has(hold)) throw givenUp("nobody took any of it for too long");
        },
        // What it has still to read may be gone.
        failed: (error) => (signal.aborted ? signal.reason : error),
      };
    } catch (error) {
      await release();
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** A fault of the log is none of the checkpoint: the next one need not hold everything again for it. */
  private watched(reader: CheckpointReader, signal: AbortSignal): CheckpointReader {
    const read: CheckpointReader["read"] = async (...range) => {
      try {
        return await reader.read(...range);
      } catch (error) {
        if (isCorrupt(error) && !signal.aborted) this.host.damaged(error);
        throw error;
      }
    };
    return { checkpoint: reader.checkpoint, read, close: () => reader.close() };
  }

  /** Of this very moment: nothing is applied between its parts. */
  private headerNow(reader: CheckpointReader | null): BackupSource["header"] {
    const { replica, clock } = this.host;
    const { hardState } = this.host.view();
    const { position, machine } = replica;
    if (hardState === null || position.zxid === 0) {
      throw new CoterieError("NO_QUORUM", "this peer belongs to no cluster yet: there is nothing to back up");
    }
    const checkpoint = markOf(reader);
    if (checkpoint !== null && checkpoint.zxid > position.zxid) {
      throw givenUp("this peer is just becoming what another peer's checkpoint says: begin it again");
    }
    const { clusterId, peerId, acceptedEpoch, currentEpoch } = hardState;
    const { zxid, chainHash } = position;
    const { digest } = machine;
    const madeAtMs = clock.wallTimeMs();
    return { clusterId, peerId, madeAtMs, acceptedEpoch, currentEpoch, zxid, chainHash, digest, checkpoint };
  }
}

function isCorrupt(error: unknown): error is CoterieError {
  return error instanceof CoterieError && error.code === "STORE_CORRUPT";
}

function givenUp(why: string): CoterieError {
  return new CoterieError("ABORTED", `the backup was given up: ${why}`);
}

function tooSlow(): CoterieError {
  return givenUp("it is so slow that the log could not be let go of: give it more bytesPerSecond");
}

function stopped(): CoterieError {
  return new CoterieError("PEER_STOPPED", "the peer has stopped while it was backed up");
}
