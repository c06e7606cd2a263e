import { checkInteger, checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import { checkPath, type Session } from "@coterie/session";
import { checkName } from "../calls/check.ts";
import { childOf } from "../calls/paths.ts";
import { childNames } from "../calls/read-children.ts";
import { hasCode, persist } from "../calls/retry.ts";
import { until } from "../calls/until.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";

export interface LatchOptions {
  /** How often it has to be counted down until it opens: the same for all who use the path. 1..10,000. */
  readonly count: number;
}

export interface CountDownOptions extends WaitOptions {
  /**
   * What is counted: a text that may stand in a name of a znode, without slashes. Whoever counts the same down once more, also from another
   * session or after a restart, changes nothing. Default: each call counts.
   */
  readonly id?: string;
}

/** Opens when it was counted down so often, once and for ever: it belongs to no session. */
export interface Latch {
  readonly path: string;
  /** Counted once, also where the answer is lost. Gives how often it has yet to be counted down; of an open latch 0. */
  countDown(options?: CountDownOptions): Promise<number>;
  /** How often it has yet to be counted down, as this session sees it, which may be a little behind. */
  count(options?: WaitOptions): Promise<number>;
  /** Resolves when it is open. */
  wait(options?: WaitOptions): Promise<void>;
}

const OPTIONS: OptionKinds<LatchOptions> = { count: "number" };
/** So many names fit into one answer. */
const COUNT_MAX = 10_000;
/** What the names of the znodes begin with that count. Other children may stand beside them. */
const LABEL = "down-";

/**
 * The latch of `path`, with a persistent child for each time that it was counted down. Whoever comes first writes `count` to the
 * path, also where an empty znode stands there; BAD_DATA from every method where something else does. What is missing above is
 * created by `countDown`.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createLatch(session: Session, path: string, options: LatchOptions): Latch {
  checkPath(path);
  checkOptions("a latch", options, OPTIONS);
  return new ZnodeLatch(session, path, checkInteger("count", options.count, 1, COUNT_MAX));
}

class ZnodeLatch implements Latch {
  readonly path: string;
  private readonly session: Session;
  private readonly total: number;

  constructor(session: Session, path: string, total: number) {
    this.session = session;
    this.path = path;
    this.total = total;
  }

  async countDown({ id = crypto.randomUUID(), ...options }: CountDownOptions = {}): Promise<number> {
    checkName("id", id);
    return waiting(this.session, `counting down ${this.path}`, options, async (signal) => {
      // One that is open stays as it is, however often it is counted down.
      if ((await this.begin(signal)) === 0) return 0;
      let isCounted = false;
      try {
        await this.write(id, signal, () => (isCounted = true));
        return await this.left(signal);
      } catch (error) {
        throw isCounted ? inDoubt(error) : error;
      }
    });
  }

  count(options: WaitOptions = {}): Promise<number> {
    return waiting(this.session, `looking at ${this.path}`, options, (signal) => this.left(signal));
  }

  wait(options: WaitOptions = {}): Promise<void> {
    const { session, path } = this;
    return waiting(session, `waiting at ${path}`, options, async (signal) => {
      const look = async (): Promise<true | undefined> => ((await this.isOpen(signal)) ? true : undefined);
      await until(session, path, look, { signal });
    });
  }

  /**
   * A create that is asked for again finds its own znode there: its name is that of what is counted. `maybe` is called when it may
   * be there.
   */
  private async write(id: string, signal: AbortSignal, maybe: () => void): Promise<void> {
    const { session, path } = this;
    const create = async (): Promise<void> => {
      try {
        await session.create(childOf(path, `${LABEL}${id}`), null, { signal });
      } catch (error) {
        if (error instanceof CoterieError && error.outcome === "unknown") maybe();
        if (!hasCode(error, "NODE_EXISTS")) throw error;
      }
      maybe();
    };
    for (;;) {
      try {
        return await persist(session, create, signal);
      } catch (error) {
        if (!hasCode(error, "NO_NODE")) throw error;
      }
      // It was deleted as a whole.
      await this.begin(signal);
    }
  }

  /** Sees to it that the count stands in the path: nothing is counted before. Gives how often it has yet to be counted down. */
  private begin(signal: AbortSignal): Promise<number> {
    const beginAndCount = async (): Promise<number> => {
      for (;;) {
        const looked = await this.look(signal);
        const isBegun = looked !== null && !looked.isEmpty;
        if (isBegun || (await this.claim(looked, signal))) return Math.max(0, this.total - (await this.times(signal)));
      }
    };
    return persist(this.session, beginAndCount, signal);
  }

  /** False if it has changed since it was looked at. */
  private async claim(looked: Looked | null, signal: AbortSignal): Promise<boolean> {
    const { session, path } = this;
    const text = String(this.total);
    try {
      if (looked === null) await session.create(path, text, { parents: true, signal });
      else await session.set(path, text, { version: looked.version, signal });
      return true;
    } catch (error) {
      if (hasCode(error, "NODE_EXISTS", "BAD_VERSION", "NO_NODE")) return false;
      throw error;
    }
  }

  private left(signal: AbortSignal): Promise<number> {
    const lookAndCount = async (): Promise<number> => {
      await this.look(signal);
      return Math.max(0, this.total - (await this.times(signal)));
    };
    return persist(this.session, lookAndCount, signal);
  }

  /** Lists only where there may be enough: each who waits looks after each time. */
  private async isOpen(signal: AbortSignal): Promise<boolean> {
    const looked = await this.look(signal);
    return looked !== null && looked.childCount >= this.total && (await this.times(signal)) >= this.total;
  }

  /** How often it was counted down. */
  private async times(signal: AbortSignal): Promise<number> {
    const names = await childNames(this.session, this.path, { signal });
    return names.filter((name) => name.startsWith(LABEL)).length;
  }

  /** Null if it is not there. */
  private async look(signal: AbortSignal): Promise<Looked | null> {
    const { session, path, total } = this;
    try {
      const znode = await session.get(path, { signal });
      const { version, childCount } = znode.stat;
      const written = znode.text();
      // Somebody else may have made it as what is above something.
      if (written === "" || written === String(total)) return { isEmpty: written === "", version, childCount };
      const message = `${path} holds ${shownOf(written)}, and is no latch of ${total}: all who use it have to agree`;
      throw new CoterieError("BAD_DATA", message, { path });
    } catch (error) {
      if (hasCode(error, "NO_NODE")) return null;
      throw error;
    }
  }
}

interface Looked {
  readonly isEmpty: boolean;
  readonly version: number;
  readonly childCount: number;
}

/** What came last does not say what has become of what came before. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof CoterieError) || error.outcome === "unknown") return error;
  const { code, message, path } = error;
  return new CoterieError(code, message, { ...(path === undefined ? {} : { path }), cause: error, outcome: "unknown" });
}
