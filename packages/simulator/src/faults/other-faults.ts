import { type Fault, upPeers } from "./fault.ts";

/** What an application or an operator does at the wrong moment. */

export const clientReset: Fault = (scope) => {
  const open = scope.world.openConnections();
  if (open.length === 0) return false;
  const connection = scope.dice.pick(open);
  if (scope.dice.chance(0.5)) connection.break();
  else connection.giveUp();
  return true;
};

/** One stops for good, in the middle of whatever it does; its connection closes, or nobody is told. One at least stays. */
export const clientGone: Fault = ({ world, dice }) => {
  const present = world.clients.filter(({ isGone }) => !isGone);
  if (present.length < 2) return false;
  dice.pick(present).leave(dice.chance(0.5));
  return true;
};

export const handOver: Fault = (scope) => {
  const leaders = upPeers(scope).filter((peer) => peer.run!.role.state === "leading");
  const [leader] = leaders;
  if (leader === undefined) return false;
  const target = scope.dice.chance(0.5) ? null : scope.dice.pick(scope.world.voters).peer;
  leader.run!.arrive({ kind: "hand-over", target: target === leader.id ? null : target });
  return true;
};

export const checkpoint: Fault = (scope) => {
  const running = upPeers(scope);
  for (const peer of scope.dice.sample(running, 1 + scope.dice.below(running.length + 1))) peer.run!.checkpoint.begin();
  return running.length > 0;
};

export const purge: Fault = (scope) => {
  const running = upPeers(scope);
  for (const peer of scope.dice.sample(running, 1 + scope.dice.below(running.length + 1))) peer.run!.house.purge();
  return running.length > 0;
};
