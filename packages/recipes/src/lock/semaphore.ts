import { CoterieError } from "@coterie/interface";
import type { Data, Session } from "@coterie/session";
import { createHold, type Hold } from "../hold/hold.ts";
import { hasCode, persist } from "../hold/retry.ts";
import { until } from "../hold/until.ts";
import { unlessGivenUp, type WaitOptions, waiting } from "../hold/wait.ts";
import { contend } from "../queue/contend.ts";
import { type Contender, readContenders } from "../queue/contenders.ts";
import type { Place } from "../queue/place.ts";
import { readPlaces } from "../queue/place-name.ts";
import { createMutex, type Mutex } from "./mutex.ts";

export interface SemaphoreOptions {
  /** How many leases there are: the same for all who use the path. An integer from 1 on. */
  readonly leases: number;
  /** What others see of a holder. */
  readonly data?: Data | null;
}

/** So many of all sessions of the ensemble hold a lease of it; first come, first served. */
export interface Semaphore {
  readonly path: string;
  acquire(options?: WaitOptions): Promise<Hold>;
  /** Null if all leases are taken, or somebody waits for one. */
  tryAcquire(options?: WaitOptions): Promise<Hold | null>;
  holders(options?: WaitOptions): Promise<readonly Contender[]>;
}

const LABEL = "lease-";

/**
 * Shares its leases with Curator's InterProcessSemaphoreV2 on the same path: below `leases` is a znode a lease, and who takes one
 * holds the mutex `locks` meanwhile.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createSemaphore(session: Session, path: string, { leases, data = null }: SemaphoreOptions): Semaphore {
  if (!Number.isInteger(leases) || leases < 1) {
    throw new CoterieError("BAD_ARGUMENTS", `leases is an integer from 1 on, not ${String(leases)}`);
  }
  return new QueueSemaphore(session, path, leases, data);
}

class QueueSemaphore implements Semaphore {
  readonly path: string;
  private readonly session: Session;
  private readonly parent: string;
  private readonly leases: number;
  private readonly data: Data | null;
  private readonly door: Mutex;

  constructor(session: Session, path: string, leases: number, data: Data | null) {
    this.session = session;
    this.path = path;
    this.parent = `${path}/leases`;
    this.leases = leases;
    this.data = data;
    this.door = createMutex(session, `${path}/locks`, { data });
  }

  acquire(options: WaitOptions = {}): Promise<Hold> {
    return waiting(this.session, `acquiring a lease of ${this.path}`, options, async (signal) => {
      const door = await this.door.acquire({ signal });
      try {
        return await this.enter(signal, (place) => this.untilRoom(place, signal));
      } finally {
        await unlessGivenUp(door.release(), signal);
      }
    });
  }

  tryAcquire(options: WaitOptions = {}): Promise<Hold | null> {
    return waiting(this.session, `trying to acquire a lease of ${this.path}`, options, async (signal) => {
      const door = await this.door.tryAcquire({ signal });
      if (door === null) return null;
      try {
        const before = await persist(this.session, () => this.taken(signal), signal);
        // With the door held nobody else takes one.
        return before < this.leases ? await this.enter(signal, () => Promise.resolve()) : null;
      } finally {
        await unlessGivenUp(door.release(), signal);
      }
    });
  }

  holders(options: WaitOptions = {}): Promise<readonly Contender[]> {
    const { session, path, parent } = this;
    return waiting(session, `looking at ${path}`, options, (signal) =>
      readContenders(session, { parent, labels: [LABEL] }, signal),
    );
  }

  private async enter(signal: AbortSignal, wait: (place: Place) => Promise<void>): Promise<Hold> {
    const { session, parent, data } = this;
    return createHold(session, await contend(session, { parent, label: LABEL, data }, signal, wait));
  }

  private async taken(signal: AbortSignal): Promise<number> {
    try {
      return (await readPlaces(this.session, this.parent, [LABEL], signal)).length;
    } catch (error) {
      if (hasCode(error, "NO_NODE")) return 0;
      throw error;
    }
  }

  /** Until there are no more leases taken than there are, this one counted. */
  private async untilRoom(place: Place, signal: AbortSignal): Promise<void> {
    const { session, parent, leases } = this;
    const look = async (): Promise<true | undefined> => {
      const places = await readPlaces(session, parent, [LABEL], signal);
      if (!places.some(({ name }) => name === place.name)) {
        throw new CoterieError("NO_NODE", "the lease's own znode was deleted", { path: place.path });
      }
      return places.length <= leases ? true : undefined;
    };
    await until(session, parent, look, { signal });
  }
}
