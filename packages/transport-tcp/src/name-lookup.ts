import { lookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { Clock } from "@coterie/interface";
import { setDeadline } from "./stream/deadline.ts";

/** All IP addresses of a name, the one to try first in front. Rejects if there are none. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>;

/**
 * Node.js's own way to resolve a name, as every other program on the machine does it: `/etc/hosts`, search domains, the
 * operating system's services. It holds one of libuv's four threads until it is done, which for a dead name may be a
 * minute, and libuv lets such lookups have two of them. Hence `createNameLookup`.
 */
export const resolveName: ResolveName = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

/** How many names are asked for at once: half of libuv's threads. */
const LOOKUPS_MAX = 2;
/** How many lookups of names that are known to be slow are begun at once. The rest is for other names. */
const SLOW_LOOKUPS_MAX = 1;
/** A name is slow once its lookup has run so long, until one takes less. */
const SLOW_LOOKUP_MS = 1000;
/** A lookup that has run so long has failed, whatever comes of it later: it keeps nothing waiting any more. */
const LOOKUP_TIMEOUT_MS = 30_000;
/** Names remembered as slow. Beyond it all are forgotten and learned again. */
const SLOW_NAMES_MAX = 1000;
/** Names that wait to be asked for. One more is not found. */
const WAITING_MAX = 1000;

interface Asked {
  readonly name: string;
  readonly answer: Promise<readonly LookupAddress[]>;
  resolve(addresses: readonly LookupAddress[]): void;
  reject(error: unknown): void;
}

/**
 * Resolves names for `net.connect`, a few at a time; who asks for a name that is being asked for gets the same answer.
 * Names that are slow wait for each other. For the others there is always a place, at the latest when what holds it is
 * found slow itself.
 */
export function createNameLookup(resolve: ResolveName, clock: Clock): LookupFunction {
  const names = new NameLookup(resolve, clock);
  return (name, { family, all }, answer) => {
    names.resolve(name).then(
      (addresses) => {
        const fitting = addressesIn(addresses).filter((address) => !family || address.family === familyOf(family));
        const [first] = fitting;
        if (first === undefined) answer(notFound(name), "", 0);
        else if (all === true) answer(null, fitting);
        else answer(null, first.address, first.family);
      },
      (error: unknown) => answer(error instanceof Error ? error : notFound(name), "", 0),
    );
  };
}

/** What a resolver has given, which may be anything: the IP addresses in it. */
function addressesIn(given: unknown): LookupAddress[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((entry: unknown) => {
    const address = (entry as Partial<LookupAddress> | null | undefined)?.address;
    const family = typeof address === "string" ? isIP(address) : 0;
    return family === 0 ? [] : [{ address: address!, family }];
  });
}

function familyOf(family: number | "IPv4" | "IPv6"): number {
  if (typeof family === "number") return family;
  return family === "IPv4" ? 4 : 6;
}

function notFound(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${name} has no address`), { code: "ENOTFOUND" });
}

class NameLookup {
  private readonly ask: ResolveName;
  private readonly clock: Clock;
  private readonly slowNames = new Set<string>();
  private readonly waiting = new Map<string, Asked>();
  private readonly running = new Map<string, Asked>();

  constructor(ask: ResolveName, clock: Clock) {
    this.ask = ask;
    this.clock = clock;
  }

  resolve(name: string): Promise<readonly LookupAddress[]> {
    const same = this.running.get(name) ?? this.waiting.get(name);
    if (same !== undefined) return same.answer;
    if (this.waiting.size >= WAITING_MAX) return Promise.reject(notFound(name));
    const asked = createAsked(name);
    this.waiting.set(name, asked);
    this.startNext();
    return asked.answer;
  }

  private startNext(): void {
    for (const asked of this.waiting.values()) {
      if (!this.hasPlaceFor(asked.name)) continue;
      this.waiting.delete(asked.name);
      this.start(asked);
    }
  }

  private hasPlaceFor(name: string): boolean {
    let slow = 0;
    for (const other of this.running.keys()) if (this.slowNames.has(other)) slow++;
    const { size } = this.running;
    // Those that were found slow while they ran may be more than one. They keep no other name waiting.
    if (this.slowNames.has(name)) return slow < SLOW_LOOKUPS_MAX && size < LOOKUPS_MAX;
    return size - slow < LOOKUPS_MAX - Math.min(slow, SLOW_LOOKUPS_MAX);
  }

  private start(asked: Asked): void {
    const { name } = asked;
    const { clock } = this;
    let isOver = false;
    let isSlow = false;
    const slow = setDeadline(clock, SLOW_LOOKUP_MS, () => {
      isSlow = true;
      this.rememberSlow(name);
      this.startNext();
    });
    const limit = setDeadline(clock, LOOKUP_TIMEOUT_MS, () => over(() => asked.reject(timedOut(name))));
    const over = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      slow.cancel();
      limit.cancel();
      if (!isSlow) this.slowNames.delete(name);
      this.running.delete(name);
      settle();
      this.startNext();
    };
    this.running.set(name, asked);
    // A resolver may also throw.
    Promise.resolve(name)
      .then(this.ask)
      .then(
        (addresses) => over(() => asked.resolve(addresses)),
        (error: unknown) => over(() => asked.reject(error)),
      );
  }

  private rememberSlow(name: string): void {
    if (this.slowNames.size >= SLOW_NAMES_MAX) this.slowNames.clear();
    this.slowNames.add(name);
  }
}

function createAsked(name: string): Asked {
  let resolve: Asked["resolve"] = () => undefined;
  let reject: Asked["reject"] = () => undefined;
  const answer = new Promise<readonly LookupAddress[]>((...settle) => {
    [resolve, reject] = settle;
  });
  return { name, answer, resolve, reject };
}

function timedOut(name: string): NodeJS.ErrnoException {
  const message = `the address of ${name} was not found within ${LOOKUP_TIMEOUT_MS} ms`;
  return Object.assign(new Error(message), { code: "ETIMEDOUT" });
}
