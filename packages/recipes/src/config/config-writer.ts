import type { CoterieError } from "@coterie/interface";
import type { Session, Stat, Znode } from "@coterie/session";
import { parentOf } from "../calls/paths.ts";
import { hasCode, persist } from "../calls/retry.ts";
import { InTurn } from "../once/in-turn.ts";
import { type Marker, openMarker } from "../once/marker.ts";
import { RacePauses } from "../once/race-pauses.ts";

/** What the znode holds before it is written. */
export interface Current {
  /** Undefined if there is no znode. */
  readonly data: Uint8Array | null | undefined;
}

/** What is to be written, and what its maker has made it of. */
export interface Next<Made> {
  readonly text: string;
  readonly made: Made;
}

export interface Written<Made> {
  readonly made: Made;
  /** Null where the answer was lost that would have told it. */
  readonly stat: Stat | null;
}

interface Before extends Current {
  /** Null where there is no znode: it is opened when there is something to write. */
  readonly marker: Marker | null;
  readonly version: number;
}

/** Writes a znode as what is made of what it holds, exactly once, also where an answer is lost. */
export class ConfigWriter {
  private readonly session: Session;
  private readonly path: string;
  /** Updates of one object wait for each other here, rather than fail because of each other there. */
  private readonly turns = new InTurn();
  private readonly pauses: RacePauses;

  constructor(session: Session, path: string) {
    this.session = session;
    this.path = path;
    this.pauses = new RacePauses(session);
  }

  /** `next` is asked again where somebody else was faster. */
  write<Made>(next: (current: Current) => Promise<Next<Made>>, signal: AbortSignal): Promise<Written<Made>> {
    return this.turns.run(signal, async () => {
      for (let failures = 0; ; failures++) {
        await this.pauses.behind(failures, signal);
        signal.throwIfAborted();
        const written = await this.tryWrite(next, failures > 0, signal);
        if (written !== null) return written;
      }
    });
  }

  private async tryWrite<Made>(
    next: (current: Current) => Promise<Next<Made>>,
    isBehind: boolean,
    signal: AbortSignal,
  ): Promise<Written<Made> | null> {
    const before = await this.look(isBehind, signal);
    if (before === null) return null;
    let { marker } = before;
    try {
      // What is refused leaves nothing behind: what is missing above is made when it is known what is to be written.
      const wanted = await next(before);
      marker ??= await this.openMarkerBeside(signal);
      return await this.commit(before, marker, wanted, signal);
    } finally {
      marker?.drop();
    }
  }

  /** Null if it went while it was looked at. `isBehind`: what this session sees is older than what others have written. */
  private async look(isBehind: boolean, signal: AbortSignal): Promise<Before | null> {
    const { session, path } = this;
    const marker = await this.openMarker(signal);
    if (marker === null) return { marker, data: undefined, version: 0 };
    try {
      const read = async (): Promise<Znode> => {
        if (isBehind) await session.sync({ signal });
        return session.get(path, { signal });
      };
      const { data, stat } = await persist(session, read, signal);
      return { marker, data, version: stat.version };
    } catch (error) {
      marker.drop();
      if (hasCode(error, "NO_NODE") && !signal.aborted) return null;
      throw error;
    }
  }

  /** As long as it stands below the znode, that cannot be deleted and another one be taken for it. Null if there is no znode. */
  private async openMarker(signal: AbortSignal): Promise<Marker | null> {
    try {
      return await openMarker(this.session, this.path, { signal, parents: false });
    } catch (error) {
      if (hasCode(error, "NO_NODE") && !signal.aborted) return null;
      throw error;
    }
  }

  /** The markers of all who create it at once stand beside it. */
  private openMarkerBeside(signal: AbortSignal): Promise<Marker> {
    return openMarker(this.session, parentOf(this.path), { signal, parents: true });
  }

  /** Null if somebody else was faster. */
  private async commit<Made>(
    { data, version }: Before,
    marker: Marker,
    { text, made }: Next<Made>,
    signal: AbortSignal,
  ): Promise<Written<Made> | null> {
    const { path } = this;
    try {
      const results = await marker.commit(
        (transaction) =>
          data === undefined ? transaction.create(path, text) : transaction.set(path, text, { version }),
        signal,
      );
      const [result] = results ?? [];
      return { made, stat: result?.kind === "set" || result?.kind === "create" ? result.stat : null };
    } catch (error) {
      const isRace = hasCode(error, "BAD_VERSION", "NODE_EXISTS", "NO_NODE");
      if (isRace && (error as CoterieError).outcome === "not-applied" && !signal.aborted) return null;
      throw error;
    }
  }
}
