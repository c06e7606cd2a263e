import type { Session, Transaction } from "@coterie/session";
import { createHold, type Hold } from "../queue/hold.ts";
import { orAborted } from "../calls/or-aborted.ts";
import { hasCode, persist } from "../calls/retry.ts";
import { untilGone } from "../calls/until.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import type { Place } from "../queue/place.ts";
import { memberNames, READY } from "./members.ts";

/** A participant that has entered. Its `signal` aborts when it has left, or it is known that it is in no more. */
export interface BarrierEntry extends Hold {
  /**
   * Leaves, and resolves when all have left that were in by then; who dies has left when its session is over. Where the wait is given
   * up it has left all the same: it may be called again to wait on, once it has seen who is in. Rejects with NOT_HELD if it was in
   * no more before.
   */
  leave(options?: WaitOptions): Promise<void>;
}

export function createEntry(session: Session, parent: string, place: Place): BarrierEntry {
  return new MemberEntry(session, parent, place);
}

class MemberEntry implements BarrierEntry {
  readonly path: string;
  readonly token: number;
  private readonly session: Session;
  private readonly parent: string;
  private readonly name: string;
  private readonly hold: Hold;
  /** For whom to wait. Who enters later may be of the next round already. */
  private others: readonly string[] | null = null;

  constructor(session: Session, parent: string, place: Place) {
    this.session = session;
    this.parent = parent;
    this.path = place.path;
    this.token = place.token;
    this.name = place.name;
    this.hold = createHold(session, place);
  }

  get signal(): AbortSignal {
    return this.hold.signal;
  }

  guard(transaction: Transaction): Transaction {
    return this.hold.guard(transaction);
  }

  release(): Promise<void> {
    return this.hold.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async leave(options: WaitOptions = {}): Promise<void> {
    const { session, parent } = this;
    try {
      await waiting(session, `leaving ${parent}`, options, async (signal) => {
        this.others ??= await this.listOthers(signal);
        await orAborted(signal, this.release());
        await this.untilAllGone(signal);
        await orAborted(signal, this.removeReady());
      });
    } catch (error) {
      // Nobody waits for that: it goes on until the znode is gone, or its session.
      if (!hasCode(error, "BAD_ARGUMENTS")) this.release().catch(() => undefined);
      throw error;
    }
  }

  /** Before it leaves: as long as it is in, nobody else has left for good, and come again. */
  private async listOthers(signal: AbortSignal): Promise<readonly string[]> {
    const { session, parent, name } = this;
    this.signal.throwIfAborted();
    const names = await persist(session, () => memberNames(session, parent, signal), signal);
    return names.filter((other) => other !== name);
  }

  private async untilAllGone(signal: AbortSignal): Promise<void> {
    const { session, parent } = this;
    for (;;) {
      const names = new Set(await persist(session, () => memberNames(session, parent, signal), signal));
      const last = this.others?.findLast((other) => names.has(other));
      if (last === undefined) return;
      await untilGone(session, `${parent}/${last}`, signal);
    }
  }

  /**
   * Who has made it takes it away, and nobody else does, so that the next round's is never taken for this one's: that has another
   * name in it, or another version.
   */
  private async removeReady(): Promise<void> {
    const { session, name } = this;
    const path = `${this.parent}/${READY}`;
    try {
      await persist(session, async () => {
        const ready = await session.get(path);
        if (ready.text() === name) await session.delete(path, { version: ready.stat.version });
      });
    } catch (error) {
      if (!hasCode(error, "NO_NODE", "BAD_VERSION")) throw error;
    }
  }
}
