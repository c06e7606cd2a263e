import { randomFraction } from "../calls/random.ts";
import type { ServiceInstance } from "./service-instance.ts";

/** Which instance is next: each in turn, any, or always the same one as long as it is there. */
export type StrategyName = "round-robin" | "random" | "sticky";

/** Chooses from one or more. */
export type Strategy = <Payload>(instances: readonly ServiceInstance<Payload>[]) => ServiceInstance<Payload>;

export const STRATEGIES: Readonly<Record<StrategyName, () => Strategy>> = {
  "round-robin": roundRobin,
  random: () => anyOf,
  sticky,
};

function anyOf<Payload>(instances: readonly ServiceInstance<Payload>[]): ServiceInstance<Payload> {
  return instances[Math.floor(randomFraction() * instances.length)]!;
}

function roundRobin(): Strategy {
  // Those who start together do not all begin with the same one.
  let turn = Math.floor(randomFraction() * 2 ** 31);
  return (instances) => {
    turn = (turn + 1) % 2 ** 31;
    return instances[turn % instances.length]!;
  };
}

function sticky(): Strategy {
  let path: string | null = null;
  return (instances) => {
    const instance = instances.find((each) => each.path === path) ?? anyOf(instances);
    ({ path } = instance);
    return instance;
  };
}
