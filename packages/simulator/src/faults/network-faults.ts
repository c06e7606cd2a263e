import type { PeerId } from "@coterie/interface";
import type { Fault, FaultScope } from "./fault.ts";

type Way = readonly [from: PeerId, to: PeerId];

function idsOf({ world }: FaultScope): PeerId[] {
  return world.peers.map(({ id }) => id);
}

function pairOf(scope: FaultScope): Way | null {
  const [from, to] = scope.dice.sample(idsOf(scope), 2);
  return from === undefined || to === undefined ? null : [from, to];
}

/** Cuts ways until the fault ends; some of the connections over them are known to be dead at once. */
function cutWays({ world, dice }: FaultScope, ways: readonly Way[]): () => void {
  for (const [from, to] of ways) {
    world.network.cut(from, to);
    if (dice.chance(0.3)) world.network.reset(from, to, dice.chance(0.5));
  }
  return () => {
    for (const [from, to] of ways) world.network.heal(from, to);
  };
}

function between(one: readonly PeerId[], other: readonly PeerId[]): Way[] {
  return one.flatMap((a) => other.flatMap((b): Way[] => [[a, b] as const, [b, a] as const]));
}

export const linkReset: Fault = (scope) => {
  const pair = pairOf(scope);
  if (pair === null) return false;
  scope.world.network.reset(...pair, false);
  return true;
};

/** Half-open: neither end is told. */
export const linkSilent: Fault = (scope) => {
  const pair = pairOf(scope);
  if (pair === null) return false;
  scope.world.network.reset(...pair, true);
  return true;
};

export const partition: Fault = (scope) => {
  const ids = idsOf(scope);
  if (ids.length < 2) return false;
  const one = scope.dice.sample(ids, 1 + scope.dice.below(ids.length - 1));
  return cutWays(
    scope,
    between(
      one,
      ids.filter((id) => !one.includes(id)),
    ),
  );
};

/** One peer hears everybody, the others fall into two halves. */
export const bridge: Fault = (scope) => {
  const ids = scope.dice.sample(idsOf(scope), 255).slice(1);
  if (ids.length < 2) return false;
  const half = Math.ceil(ids.length / 2);
  return cutWays(scope, between(ids.slice(0, half), ids.slice(half)));
};

export const isolate: Fault = (scope) => {
  const ids = idsOf(scope);
  if (ids.length < 2) return false;
  const one = scope.dice.pick(ids);
  return cutWays(
    scope,
    between(
      [one],
      ids.filter((id) => id !== one),
    ),
  );
};

/** Deaf, mute, or a single way. */
export const oneWayCut: Fault = (scope) => {
  const ids = idsOf(scope);
  const pair = pairOf(scope);
  if (pair === null) return false;
  const others = ids.filter((id) => id !== pair[0]);
  const shape = scope.dice.below(3);
  if (shape === 0) return cutWays(scope, [pair]);
  return cutWays(
    scope,
    others.map((other): Way => (shape === 1 ? [pair[0], other] : [other, pair[0]])),
  );
};

/** Cut for about as long as a heartbeat takes, again and again: each time is a fault of its own. */
export const flapping: Fault = (scope) => {
  const pair = pairOf(scope);
  if (pair === null) return false;
  const { heartbeatTicks, tickMs } = scope.world.options.timing;
  const periodUs = heartbeatTicks * tickMs * 1000;
  const times = 2 + scope.dice.below(6);
  for (let time = 0; time < times; time++) scope.flap(pair, time * 2 * periodUs, periodUs);
  return true;
};

export const slowLink: Fault = (scope) => {
  const pair = pairOf(scope);
  if (pair === null) return false;
  scope.world.network.slowDown(...pair, scope.dice.pick([1, 10, 100]));
  return () => scope.world.network.slowDown(...pair, 0);
};
