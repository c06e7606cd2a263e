export { createPlatformClock } from "./platform-clock.ts";
export { createPlatformRandom } from "./platform-random.ts";
