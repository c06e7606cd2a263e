/** What `counted` saw: sizes in bytes for typed arrays and in elements for arrays. */
export interface Allocations {
  readonly largest: number;
  readonly total: number;
}

/**
 * Runs `action` and counts every `new Uint8Array(size)` and `new Array(size)` within it, whatever throws. Views of
 * existing buffers allocate nothing and count nothing.
 */
export function countAllocations(action: () => void): Allocations {
  const seen = { largest: 0, total: 0 };
  const originals = { Uint8Array: globalThis.Uint8Array, Array: globalThis.Array };
  const handler: ProxyHandler<new (size: unknown) => object> = {
    construct(target, args: unknown[], newTarget): object {
      const size = args[0];
      if (typeof size === "number") {
        seen.total += size;
        seen.largest = Math.max(seen.largest, size);
      }
      return Reflect.construct(target, args, newTarget) as object;
    },
  };
  Object.assign(globalThis, {
    Uint8Array: new Proxy(originals.Uint8Array as never, handler),
    Array: new Proxy(originals.Array as never, handler),
  });
  try {
    action();
  } finally {
    Object.assign(globalThis, originals);
  }
  return seen;
}

/** How many strings, numbers, objects and bytes a decoded value is made of: what it costs to hold, roughly. */
export function countParts(value: unknown): number {
  if (typeof value === "string") return 1 + value.length;
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return 1;
  let parts = 1;
  for (const part of Object.values(value)) parts += countParts(part);
  return parts;
}
