import type { Random } from "@coterie/interface";

/**
 * While a run lasts, nothing may ask the platform for time or timers: what the run does would depend on the machine. Timers that
 * would not run within a run in any case are taken, and never run. Unique ids and random numbers are the seed's.
 */
export interface PlatformGuard {
  end(): void;
}

type Globals = Pick<typeof globalThis, "setTimeout" | "setInterval" | "clearInterval">;

let isGuarded = false;

/**
 * @param ids what the platform's randomness is made of: recipes name their znodes by it.
 * @param caught hears of what must not be: a call of the platform, a promise that rejects and nobody hears.
 * @throws Error while another guard stands: its run would get this one's ids
 */
export function guardPlatform(ids: Random, caught: (error: Error) => void): PlatformGuard {
  if (isGuarded) throw new Error("another run guards the platform: await its end, or run this one in another thread");
  isGuarded = true;
  const { setTimeout, setInterval, clearInterval } = globalThis;
  const { now } = Date;
  const inert = new Set<unknown>();
  const globals = globalThis as { -readonly [Name in keyof Globals]: unknown };
  globals.setInterval = (): object => {
    const timer = { ref: () => timer, unref: () => timer, hasRef: () => false };
    inert.add(timer);
    return timer;
  };
  globals.clearInterval = (timer: unknown): void => {
    if (!inert.delete(timer)) clearInterval(timer as Parameters<typeof clearInterval>[0]);
  };
  globals.setTimeout = (...args: Parameters<typeof setTimeout>): unknown => {
    caught(new Error("a timer of the platform is set"));
    return setTimeout(...args);
  };
  Date.now = (): number => {
    caught(new Error("the platform is asked for the time"));
    return now();
  };
  const { crypto } = globalThis;
  // On the object itself, above those of its prototype, so that deleting them brings the platform's back.
  const drawn = {
    randomUUID: () => uuidOf(ids.bytes(16)),
    getRandomValues: (into: ArrayBufferView) => fill(into, ids),
  };
  for (const [name, value] of Object.entries(drawn)) Object.defineProperty(crypto, name, { value, configurable: true });
  const rejected = (reason: unknown): void => {
    const { stack = "" } = reason instanceof Error ? reason : new Error(String(reason));
    caught(new Error(`a promise was rejected, and nobody heard: ${stack}`));
  };
  const warned = (warning: Error & { readonly detail?: string }): void => {
    if (warning.name === "CoterieWarning") caught(new Error(`${warning.message}: ${warning.detail ?? ""}`));
  };
  process.on("unhandledRejection", rejected);
  process.on("warning", warned);
  return {
    end() {
      isGuarded = false;
      Object.assign(globalThis, { setTimeout, setInterval, clearInterval });
      Date.now = now;
      for (const name of Object.keys(drawn)) Reflect.deleteProperty(crypto, name);
      process.off("unhandledRejection", rejected);
      process.off("warning", warned);
    },
  };
}

function fill<View extends ArrayBufferView>(into: View, random: Random): View {
  const { buffer, byteOffset, byteLength } = into;
  new Uint8Array(buffer, byteOffset, byteLength).set(random.bytes(byteLength));
  return into;
}

/** As RFC 9562 writes one of version 4. */
function uuidOf(bytes: Uint8Array): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
