import { type Fault, type FaultScope, upPeers } from "./fault.ts";

const EFFECTS_MAX = 200;

/** Processes that end, stand still, or have a wrong clock. */

export const crash: Fault = (scope) => crashCount(scope, 1);

export const crashSome: Fault = (scope) => crashCount(scope, 1 + scope.dice.below(scope.world.peers.length));

export const crashAll: Fault = (scope) => crashCount(scope, scope.world.peers.length);

function crashCount(scope: FaultScope, count: number): boolean {
  const chosen = scope.dice.sample(upPeers(scope), count);
  for (const peer of chosen) peer.crash(scope.dice.chance(0.3));
  return chosen.length > 0;
}

/** Before or after the n-th effect from now, whatever it is: also between a write and what it promises. */
export const crashAtEffect: Fault = (scope) => {
  const running = upPeers(scope);
  if (running.length === 0) return false;
  scope.dice.pick(running).run!.effectsLeft = 1 + scope.dice.below(EFFECTS_MAX);
  return true;
};

/** Back at once: the others may not even have noticed. */
export const restartQuick: Fault = (scope) => {
  const running = upPeers(scope);
  if (running.length === 0) return false;
  const peer = scope.dice.pick(running);
  peer.isHeldDown = true;
  peer.crash(false);
  peer.isHeldDown = false;
  peer.startIn(1);
  return true;
};

export const stall: Fault = (scope) => {
  const running = upPeers(scope);
  if (running.length === 0) return false;
  const count = scope.dice.chance(0.8) ? 1 : running.length;
  for (const peer of scope.dice.sample(running, count)) peer.run!.stall(scope.world.nowUs + scope.durationUs);
  return true;
};

export const clockSkew: Fault = (scope) => {
  const peer = scope.dice.pick(scope.world.peers);
  peer.clockRate = scope.dice.pick([0.5, 0.8, 0.95, 1.05, 1.25, 2]);
  return () => {
    peer.clockRate = 1;
  };
};

export const wallJump: Fault = (scope) => {
  const hourMs = 3_600_000;
  const peer = scope.dice.pick(scope.world.peers);
  peer.wallOffsetMs += scope.dice.pick([-hourMs, hourMs, -1_700_000_000_000, 5, -5]);
  return true;
};
