import { checkInteger, checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { hasCode, persist } from "../hold/retry.ts";
import { until } from "../hold/until.ts";
import { type WaitOptions, waiting } from "../hold/wait.ts";

export interface LatchOptions {
  /** How often it has to be counted down until it opens: the same for all who use the path. 1..100,000. */
  readonly count: number;
}

export interface CountDownOptions extends WaitOptions {
  /**
   * What is counted: a text that may stand in a path between two slashes. Whoever counts the same down once more, also from another
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
const COUNT_MAX = 100_000;

/**
 * The latch of `path`, with a persistent child for each time that it was counted down. Whoever comes first writes `count` to the
 * path; BAD_DATA from every method where another one stands there. What is missing above is created by `countDown`.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createLatch(session: Session, path: string, options: LatchOptions): Latch {
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
    checkId(id);
    return waiting(this.session, `counting down ${this.path}`, options, async (signal) => {
      // One that is open stays as it is, however often it is counted down.
      if ((await this.left(signal)) === 0) return 0;
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
      const look = async (): Promise<true | undefined> => ((await this.look(signal)) === 0 ? true : undefined);
      await until(session, path, look, { signal });
    });
  }

  /**
   * A create that is asked for again finds its own znode there: its name is that of what is counted. `maybe` is called when it may
   * be there.
   */
  private async write(id: string, signal: AbortSignal, maybe: () => void): Promise<void> {
    const { session, path, total } = this;
    const create = async (): Promise<void> => {
      try {
        await session.create(`${path}/${id}`, null, { signal });
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
      try {
        await persist(session, () => session.create(path, String(total), { parents: true, signal }), signal);
      } catch (error) {
        if (!hasCode(error, "NODE_EXISTS")) throw error;
      }
    }
  }

  private left(signal: AbortSignal): Promise<number> {
    return persist(this.session, () => this.look(signal), signal);
  }

  private async look(signal: AbortSignal): Promise<number> {
    const { session, path, total } = this;
    try {
      const znode = await session.get(path, { signal });
      const written = znode.text();
      // Somebody else may have made it as what is above something.
      if (written === "" || written === String(total)) return Math.max(0, total - znode.stat.childCount);
      const message = `${path} holds ${shownOf(written)}, and is no latch of ${total}: all who use it have to agree`;
      throw new CoterieError("BAD_DATA", message, { path });
    } catch (error) {
      if (hasCode(error, "NO_NODE")) return total;
      throw error;
    }
  }
}

/** @throws CoterieError BAD_ARGUMENTS */
function checkId(id: unknown): void {
  if (typeof id === "string" && id !== "" && id !== "." && id !== ".." && !id.includes("/")) return;
  throw new CoterieError("BAD_ARGUMENTS", `id is ${shownOf(id)}, and has to be a text for one step of a path`);
}

/** What came last does not say what has become of what came before. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof CoterieError) || error.outcome === "unknown") return error;
  const { code, message, path } = error;
  return new CoterieError(code, message, { ...(path === undefined ? {} : { path }), cause: error, outcome: "unknown" });
}
