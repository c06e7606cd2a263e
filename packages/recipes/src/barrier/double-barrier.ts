import { checkInteger, checkOptions, CoterieError, type OptionKinds } from "@coterie/interface";
import type { Data, Session, Stat, WatchEvent } from "@coterie/session";
import { checkData, checkOwnPath } from "../calls/check.ts";
import { readEach } from "../calls/read-children.ts";
import { hasCode } from "../calls/retry.ts";
import { until, untilGone } from "../calls/until.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import { contend } from "../queue/contend.ts";
import type { Place } from "../queue/place.ts";
import { type BarrierEntry, createEntry } from "./entry.ts";
import { memberNames, READY, readyStat } from "./members.ts";

export interface DoubleBarrierOptions {
  /** How many have to enter before any goes on: the same for all who use the path. 1..2,000. */
  readonly participants: number;
  /** What others see of a participant. */
  readonly data?: Data | null;
}

/**
 * So many begin together, and end together. Curator's DistributedDoubleBarrier takes part on the same path.
 *
 * The path may be used again, by the same and by others: a participant whose `leave` has resolved begins the next round with its
 * next `enter`. Who enters while a round is under way, as one does that has died and is started again, joins it.
 */
export interface DoubleBarrier {
  readonly path: string;
  /** Resolves when so many have entered. Who gives up, or dies, is not counted any more. */
  enter(options?: WaitOptions): Promise<BarrierEntry>;
}

const OPTIONS: OptionKinds<DoubleBarrierOptions> = { participants: "number", data: "any" };
/** So many are named in one transaction. */
const PARTICIPANTS_MAX = 2_000;
const LABEL = "member-";

/** The double barrier of `path`, whose participants' znodes are its children. @throws CoterieError BAD_ARGUMENTS */
export function createDoubleBarrier(session: Session, path: string, options: DoubleBarrierOptions): DoubleBarrier {
  checkOwnPath(path);
  checkOptions("a double barrier", options, OPTIONS);
  checkInteger("participants", options.participants, 1, PARTICIPANTS_MAX);
  checkData(options.data);
  return new ZnodeDoubleBarrier(session, path, options);
}

class ZnodeDoubleBarrier implements DoubleBarrier {
  readonly path: string;
  private readonly session: Session;
  private readonly participants: number;
  private readonly data: Data | null;

  constructor(session: Session, path: string, { participants, data = null }: DoubleBarrierOptions) {
    this.session = session;
    this.path = path;
    this.participants = participants;
    this.data = data;
  }

  enter(options: WaitOptions = {}): Promise<BarrierEntry> {
    const { session, path, data } = this;
    return waiting(session, `entering ${path}`, options, async (signal) => {
      const request = { parent: path, label: LABEL, data };
      const place = await contend(session, request, signal, (own) => this.untilIn(own, signal));
      return createEntry(session, path, place);
    });
  }

  /** Rejects with NO_NODE if its place is deleted meanwhile. */
  private async untilIn(own: Place, outer: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const gone = untilGone(this.session, own.path, signal).then(() => {
      throw goneError(own);
    });
    try {
      await Promise.race([this.untilReady(own, signal), gone]);
    } finally {
      over.abort();
    }
  }

  /**
   * Nobody watches the others, but all `ready`: it is whoever comes last that sees so many and makes it. The order of zxids tells to
   * which round it belongs.
   */
  private async untilReady(own: Place, signal: AbortSignal): Promise<void> {
    const look = async (event: WatchEvent | null): Promise<true | undefined> => {
      // It was made behind this one's own znode, whatever has become of it since.
      if (event?.kind === "created" || event?.kind === "data-changed") return true;
      for (;;) {
        const ready = await readyStat(this.session, this.path, signal);
        if (ready !== null && ready.mzxid > own.token) return true;
        const names = await memberNames(this.session, this.path, signal);
        if (!names.includes(own.name)) throw goneError(own);
        if (ready !== null && (await this.isUnderWay(names, ready, signal))) return true;
        if (names.length < this.participants) return undefined;
        const made = await this.makeReady(own, names, ready, signal);
        if (made === "made") return true;
        // Where somebody else was faster, an event says so.
        if (made === "other") return undefined;
      }
    };
    await until(this.session, `${this.path}/${READY}`, look, { signal });
  }

  /** Whether one is still in of those for whom `ready` was made. */
  private async isUnderWay(names: readonly string[], ready: Stat, signal: AbortSignal): Promise<boolean> {
    const { session, path } = this;
    const stats = await readEach(names, (name) => session.exists(`${path}/${name}`, { signal }));
    return stats.some((stat) => stat.czxid < ready.mzxid);
  }

  /**
   * What an earlier round has left is made new: it says who has made it, who then takes it away. Only while as many are in as have
   * to be: who has given up since it was listed is not counted, and who asks is to look again.
   */
  private async makeReady(
    own: Place,
    names: readonly string[],
    old: Stat | null,
    signal: AbortSignal,
  ): Promise<"made" | "other" | "fewer"> {
    const { session } = this;
    const path = `${this.path}/${READY}`;
    const others = names.filter((name) => name !== own.name).slice(0, this.participants - 1);
    const transaction = session.transaction();
    for (const name of [own.name, ...others]) transaction.check(`${this.path}/${name}`);
    if (old === null) transaction.create(path, own.name);
    else transaction.set(path, own.name, { version: old.version });
    try {
      await transaction.commit({ signal });
      return "made";
    } catch (error) {
      if (hasCode(error, "NODE_EXISTS", "BAD_VERSION")) return "other";
      if (hasCode(error, "NO_NODE")) return "fewer";
      throw error;
    }
  }
}

function goneError({ path }: Place): CoterieError {
  return new CoterieError("NO_NODE", "the participant's own znode was deleted", { path });
}
