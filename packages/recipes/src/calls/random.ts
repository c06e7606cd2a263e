const SPAN = 2 ** 32;

/** 0 to less than 1, from the platform's generator. */
export function randomFraction(): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return drawn / SPAN;
}
