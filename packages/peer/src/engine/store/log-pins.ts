import type { Zxid } from "@coterie/interface";
import { BACKUP_CHECKPOINTS_MAX } from "../../limits.ts";

/** A place in the log of which nothing above is purged. */
export class LogPin {
  readonly zxid: Zxid;
  /** Purges that it has kept from going as far as they would. */
  private heldCount = 0;

  constructor(zxid: Zxid) {
    this.zxid = zxid;
  }

  /** It has held back the log for too long, and holds it no more. */
  get isLost(): boolean {
    return this.heldCount > BACKUP_CHECKPOINTS_MAX;
  }

  /** How far a purge may go that would go to `upTo`. */
  limit(upTo: Zxid): Zxid {
    if (upTo <= this.zxid) return upTo;
    this.heldCount += 1;
    return this.isLost ? upTo : this.zxid;
  }
}

/** Who still reads the log, beside consensus. */
export class LogPins {
  private readonly pins = new Set<LogPin>();

  get size(): number {
    return this.pins.size;
  }

  hold(zxid: Zxid): LogPin {
    const pin = new LogPin(zxid);
    this.pins.add(pin);
    return pin;
  }

  release(pin: LogPin): void {
    this.pins.delete(pin);
  }

  /** How far a purge may go that is wanted up to `upTo`: once for each checkpoint that is taken. */
  limit(upTo: Zxid): Zxid {
    let limit = upTo;
    for (const pin of this.pins) {
      const allowed = pin.limit(upTo);
      if (allowed < limit) limit = allowed;
    }
    return limit;
  }
}
