export { keepAlive } from "./keep-alive.ts";
export { createPlatformClock } from "./platform-clock.ts";
export { createPlatformRandom } from "./platform-random.ts";
export { Elapsed } from "./elapsed.ts";
