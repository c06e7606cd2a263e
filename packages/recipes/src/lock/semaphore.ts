import { checkInteger, checkOptions, CoterieError, type OptionKinds } from "@coterie/interface";
import type { Data, Session } from "@coterie/session";
import { checkData, checkOwnPath } from "../calls/check.ts";
import { createHold, type Hold } from "../queue/hold.ts";
import { persist } from "../calls/retry.ts";
import { until } from "../calls/until.ts";
import { unlessGivenUp, type WaitOptions, waiting } from "../calls/wait.ts";
import { contend } from "../queue/contend.ts";
import { type Contender, readContenders } from "../queue/contenders.ts";
import { indexOfPlace, type Place } from "../queue/place.ts";
import { readPlaces } from "../queue/place-name.ts";
import { createMutex, type Mutex } from "./mutex.ts";

export interface SemaphoreOptions {
  /** How many leases there are: the same for all who use the path. 1..1,000,000. */
  readonly leases: number;
  /** What others see of a holder. */
  readonly data?: Data | null;
}

/** So many of all sessions of the ensemble hold a lease of it; first come, first served. */
export interface Semaphore {
  readonly path: string;
  acquire(options?: WaitOptions): Promise<Hold>;
  /** Null if all leases are taken, or somebody waits for one, or is just about to take one: then also where another one is free. */
  tryAcquire(options?: WaitOptions): Promise<Hold | null>;
  holders(options?: WaitOptions): Promise<readonly Contender[]>;
}

const LABEL = "lease-";
/** Each of them is a znode, and all are listed together. */
const LEASES_MAX = 1_000_000;

const OPTIONS: OptionKinds<SemaphoreOptions> = { leases: "number", data: "any" };

/**
 * Shares its leases with Curator's InterProcessSemaphoreV2 on the same path: below `leases` is a znode a lease, and who takes one
 * holds the mutex `locks` meanwhile.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createSemaphore(session: Session, path: string, options: SemaphoreOptions): Semaphore {
  checkOwnPath(path);
  checkOptions("a semaphore", options, OPTIONS);
  const { leases, data = null } = options;
  checkData(data);
  return new QueueSemaphore(session, path, checkInteger("leases", leases, 1, LEASES_MAX), data);
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
      return this.behind(door, signal, () => this.enter(signal, (place) => this.untilRoom(place, signal)));
    });
  }

  tryAcquire(options: WaitOptions = {}): Promise<Hold | null> {
    return waiting(this.session, `trying to acquire a lease of ${this.path}`, options, async (signal) => {
      const door = await this.door.tryAcquire({ signal });
      return door === null ? null : this.behind(door, signal, () => this.tryEnter(signal));
    });
  }

  holders(options: WaitOptions = {}): Promise<readonly Contender[]> {
    const { session, path, parent } = this;
    return waiting(session, `looking at ${path}`, options, (signal) =>
      readContenders(session, { parent, labels: [LABEL] }, signal),
    );
  }

  /** Shuts the door when `enter` has come to an end. A lease that nobody would hear of is given back. */
  private async behind<Lease extends Hold | null>(
    door: Hold,
    signal: AbortSignal,
    enter: () => Promise<Lease>,
  ): Promise<Lease> {
    let lease: Lease;
    try {
      lease = await enter();
    } catch (error) {
      // It says more than what the release may reject with.
      await unlessGivenUp(door.release(), signal).catch(() => undefined);
      throw error;
    }
    try {
      await unlessGivenUp(door.release(), signal);
    } catch (error) {
      lease?.release().catch(() => undefined);
      throw error;
    }
    return lease;
  }

  private async enter(signal: AbortSignal, wait: (place: Place) => Promise<void>): Promise<Hold> {
    const { session, parent, data } = this;
    return createHold(session, await contend(session, { parent, label: LABEL, data }, signal, wait));
  }

  private async tryEnter(signal: AbortSignal): Promise<Hold | null> {
    const { session } = this;
    // Where all are taken nothing need be written.
    if ((await persist(session, () => this.taken(signal), signal)) >= this.leases) return null;
    let hasRoom = false;
    const hold = await this.enter(signal, async (place) => {
      hasRoom = await persist(session, () => this.hasRoom(place, signal), signal);
    });
    if (hasRoom) return hold;
    await unlessGivenUp(hold.release(), signal);
    return null;
  }

  private async taken(signal: AbortSignal): Promise<number> {
    return (await readPlaces(this.session, this.parent, [LABEL], signal)).length;
  }

  /**
   * Whether fewer than `leases` have come before it. The door alone does not say so: its znode may have been deleted, and another
   * one been let in. Who came later is not counted, so that of two that are in one goes on.
   */
  private async hasRoom(place: Place, signal: AbortSignal): Promise<boolean> {
    const index = indexOfPlace(await readPlaces(this.session, this.parent, [LABEL], signal), place);
    if (index < 0) throw new CoterieError("NO_NODE", "the lease's own znode was deleted", { path: place.path });
    return index < this.leases;
  }

  private async untilRoom(place: Place, signal: AbortSignal): Promise<void> {
    const look = async (): Promise<true | undefined> => (await this.hasRoom(place, signal)) || undefined;
    await until(this.session, this.parent, look, { signal });
  }
}
