import {
  type Contender,
  createDoubleBarrier,
  createElection,
  createMutex,
  createReadWriteLock,
  createSemaphore,
  type DoubleBarrier,
  type Election,
  type Hold,
  type WaitOptions,
} from "@coterie/recipes";
import type { Session } from "@coterie/session";
import { HOLD_KINDS, type HoldKind } from "./recipe-book.ts";

/** Where places are. */
export interface Room {
  readonly kind: HoldKind;
  /** Below it are the places of all who contend. */
  readonly queue: string;
  /** What its holders write to. */
  readonly resource: string;
}

/** One thing that may be held, as one session uses it. */
export interface Holdable extends Room {
  readonly kind: Exclude<HoldKind, "member">;
  acquire(options: WaitOptions): Promise<Hold>;
  tryAcquire(options: WaitOptions): Promise<Hold | null>;
  contenders(options: WaitOptions): Promise<readonly Contender[]>;
}

export interface Candidacy extends Holdable {
  readonly election: Election;
}

export interface Meeting extends Room {
  readonly barrier: DoubleBarrier;
}

export function resourceOf(kind: HoldKind, index: number): string {
  return `/res-${kind}-${index}`;
}

/** Of `count` of each kind. */
export function allResources(count: number): readonly string[] {
  return HOLD_KINDS.flatMap((kind) => Array.from({ length: count }, (_, index) => resourceOf(kind, index)));
}

export function counterOf(index: number): string {
  return `/counter-${index}`;
}

export function barrierOf(index: number): string {
  return `/barriers/${index}`;
}

/** Below these everything of recipes lives. */
export function allQueues(count: number): readonly string[] {
  const names = ["/mutex", "/rw", "/sem", "/election", "/meeting"];
  const queues = names.flatMap((name) => Array.from({ length: count }, (_, index) => `${name}-${index}`));
  return [...queues, ...Array.from({ length: count }, (_, index) => counterOf(index)), "/barriers"];
}

/** Where an operator may find a place to delete. */
export function allPlaces(index: number): readonly string[] {
  const sem = `/sem-${index}`;
  return [
    `/mutex-${index}`,
    `/rw-${index}`,
    `${sem}/leases`,
    `${sem}/locks`,
    `/election-${index}`,
    `/meeting-${index}`,
  ];
}

export function createMeeting(session: Session, index: number, participants: number): Meeting {
  const barrier = createDoubleBarrier(session, `/meeting-${index}`, { participants, data: session.id });
  return { kind: "member", queue: barrier.path, resource: resourceOf("member", index), barrier };
}

export function createHoldable(session: Session, kind: Holdable["kind"], index: number, leases: number): Holdable {
  const data = session.id;
  const resource = resourceOf(kind, index);
  switch (kind) {
    case "mutex": {
      const mutex = createMutex(session, `/mutex-${index}`, { data });
      return holdableOf(kind, mutex.path, resource, mutex);
    }
    case "read":
    case "write": {
      const lock = createReadWriteLock(session, `/rw-${index}`, { data });
      return holdableOf(kind, lock.path, resource, lock[kind]);
    }
    case "lease": {
      const semaphore = createSemaphore(session, `/sem-${index}`, { leases, data });
      return holdableOf(kind, `${semaphore.path}/leases`, resource, {
        acquire: (options) => semaphore.acquire(options),
        tryAcquire: (options) => semaphore.tryAcquire(options),
        contenders: (options) => semaphore.holders(options),
      });
    }
    case "leader":
      return createCandidacy(session, index);
  }
}

export function createCandidacy(session: Session, index: number): Candidacy {
  const election = createElection(session, `/election-${index}`, { data: session.id });
  const holdable = holdableOf("leader", election.path, resourceOf("leader", index), {
    acquire: (options) => election.campaign(options),
    tryAcquire: (options) => election.tryCampaign(options),
    contenders: (options) => election.candidates(options),
  });
  return { ...holdable, election };
}

function holdableOf(
  kind: Holdable["kind"],
  queue: string,
  resource: string,
  way: Pick<Holdable, "acquire" | "tryAcquire" | "contenders">,
): Holdable {
  return {
    kind,
    queue,
    resource,
    acquire: (options) => way.acquire(options),
    tryAcquire: (options) => way.tryAcquire(options),
    contenders: (options) => way.contenders(options),
  };
}
