import { LonePeer, type LonePeerOptions, type LogSpec, vote } from "./lone-peer.ts";
import { ackEpoch, ackNewLeader, followerInfo, leads, newEpoch, newLeader, pong, sync, upToDate } from "./messages.ts";

type Options = Omit<LonePeerOptions, "log"> & { readonly log?: LogSpec };

/** Peer 3 of three, elected by itself and 2: it waits for reports. */
export function elected(options: Options = {}): LonePeer {
  const peer = new LonePeer({ self: 3, ...options });
  peer.tick();
  peer.open(2);
  const at = `${options.log?.current ?? 0}/0.1`;
  peer.hear(2, vote({ for: 3, at }));
  peer.tick(peer.role?.state === "leading" ? 0 : 3);
  return peer;
}

/** Peer 3 leads `epoch`, and 2 has promised: NEWLEADER is on its way. */
export function synchronising(options: Options = {}): { readonly peer: LonePeer; readonly epoch: number } {
  const peer = elected(options);
  const accepted = options.log?.accepted ?? options.log?.current ?? 0;
  const epoch = accepted + 1;
  peer.hear(2, followerInfo(accepted, `${options.log?.current ?? 0}/0.1`));
  peer.settle();
  peer.hear(2, ackEpoch(epoch, options.log?.current ?? 0, peer.history));
  peer.settle();
  peer.turn();
  return { peer, epoch };
}

/** Peer 3 leads an established epoch with 2, has applied its history and serves. */
export function leading(options: Options = {}): { readonly peer: LonePeer; readonly epoch: number } {
  const { peer, epoch } = synchronising(options);
  peer.hear(2, ackNewLeader(epoch, peer.last));
  peer.hear(2, pong(epoch, peer.pingRound));
  peer.settle();
  peer.turn();
  return { peer, epoch };
}

/** Another learner joins the established leader `peer`, with the same history. */
export function join(peer: LonePeer, learner: number, epoch: number, current = epoch - 1): string[] {
  return [
    ...peer.open(learner),
    ...peer.hear(learner, followerInfo(current, `${current}/0.1`)),
    ...peer.hear(learner, ackEpoch(epoch, current, peer.history)),
    ...peer.turn(),
    ...peer.hear(learner, ackNewLeader(epoch, peer.last)),
  ];
}

/** Peer 1 of three has heard 3 say that it leads, and reported. */
export function reporting(options: LonePeerOptions & { readonly epoch?: number } = {}): LonePeer {
  const { epoch = 1, ...rest } = options;
  const peer = new LonePeer(rest);
  peer.tick();
  peer.open(3, { clusterId: "cluster" });
  peer.hear(3, leads(3, epoch));
  return peer;
}

/** ... and has promised `epoch`. */
export function promised(options: LonePeerOptions & { readonly epoch?: number } = {}): LonePeer {
  const peer = reporting(options);
  peer.hear(3, newEpoch(options.epoch ?? 1));
  peer.settle();
  return peer;
}

/** ... and follows in it, up to date, with the history it had. */
export function following(options: LonePeerOptions & { readonly epoch?: number } = {}): LonePeer {
  const { epoch = 1 } = options;
  const peer = promised(options);
  const last = peer.history.at(-1);
  if (last === undefined) throw new Error("a blank peer has no history");
  peer.hear(3, sync(epoch, last, peer.voters));
  peer.hear(3, newLeader(epoch, peer.last));
  peer.settle();
  peer.hear(3, upToDate(epoch, peer.last));
  peer.settle();
  return peer;
}
