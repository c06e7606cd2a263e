import { lookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

/** All IP addresses of a name, the one to try first in front. Rejects if there are none. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>;

/**
 * Node.js's own way to resolve a name, as every other program on the machine does it: `/etc/hosts`, search domains, the
 * operating system's services. It holds one of libuv's four threads until it is done, which for a dead name may be a
 * minute, and the same four sync the disk. Hence `createNameLookup`.
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
/** How many of these may be names that were slow to resolve last time, so that dead names do not take all. */
const SLOW_LOOKUPS_MAX = 1;
const SLOW_LOOKUP_MS = 1000;
/** Names remembered as slow. Beyond it all are forgotten and learned again. */
const SLOW_NAMES_MAX = 1000;

interface Asked {
  readonly name: string;
  readonly answer: Promise<readonly LookupAddress[]>;
  start(): void;
}

/**
 * Resolves names for `net.connect`, a few at a time; who asks for a name that is being asked for gets the same answer.
 * Names that took long last time wait for each other, and no other name waits for more than one that is found slow now.
 */
export function createNameLookup(resolve: ResolveName, nowMs: () => number): LookupFunction {
  const names = new NameLookup(resolve, nowMs);
  return (name, { family, all }, answer) => {
    names.resolve(name).then(
      (addresses) => {
        const fitting = addresses.filter((address) => !family || address.family === familyOf(family));
        const [first] = fitting;
        if (first === undefined) answer(notFound(name), "", 0);
        else if (all === true) answer(null, fitting);
        else answer(null, first.address, first.family);
      },
      (error: unknown) => answer(error instanceof Error ? error : notFound(name), "", 0),
    );
  };
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
  private readonly nowMs: () => number;
  private readonly slowNames = new Set<string>();
  private readonly waiting = new Map<string, Asked>();
  private readonly running = new Map<string, Asked>();

  constructor(ask: ResolveName, nowMs: () => number) {
    this.ask = ask;
    this.nowMs = nowMs;
  }

  resolve(name: string): Promise<readonly LookupAddress[]> {
    const same = this.running.get(name) ?? this.waiting.get(name);
    if (same !== undefined) return same.answer;
    let start: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      start = resolve;
    });
    const asked = { name, start, answer: turn.then(() => this.run(name)) };
    this.waiting.set(name, asked);
    this.startNext();
    return asked.answer;
  }

  private async run(name: string): Promise<readonly LookupAddress[]> {
    const startMs = this.nowMs();
    try {
      return await this.ask(name);
    } finally {
      if (this.nowMs() - startMs < SLOW_LOOKUP_MS) this.slowNames.delete(name);
      else if (this.slowNames.size < SLOW_NAMES_MAX) this.slowNames.add(name);
      else this.slowNames.clear();
      this.running.delete(name);
      this.startNext();
    }
  }

  private startNext(): void {
    for (const asked of this.waiting.values()) {
      if (this.running.size >= LOOKUPS_MAX) return;
      if (this.slowNames.has(asked.name) && this.slowRunning() >= SLOW_LOOKUPS_MAX) continue;
      this.waiting.delete(asked.name);
      this.running.set(asked.name, asked);
      asked.start();
    }
  }

  private slowRunning(): number {
    let count = 0;
    for (const name of this.running.keys()) if (this.slowNames.has(name)) count++;
    return count;
  }
}
