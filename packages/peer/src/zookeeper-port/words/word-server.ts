import type { Clock } from "@coterie/interface";
import type { PeerServing } from "../../serving/create-serving.ts";
import type { PortConnection } from "../port-connection.ts";
import type { ServerFacts } from "./server-facts.ts";

/** What a four-letter word is answered from. */
export interface WordServer {
  readonly serving: PeerServing;
  readonly clock: Clock;
  readonly facts: ServerFacts;
  readonly connections: ReadonlySet<PortConnection>;
  /** The connection on which the word came. */
  readonly asker: PortConnection;
}

/** ZooKeeper's name for what this peer is. */
export function modeOf({ serving, facts }: WordServer): "leader" | "follower" | "observer" | "standalone" {
  const { state } = serving.role;
  if (facts.isStandalone()) return "standalone";
  return state === "leading" ? "leader" : state === "observing" ? "observer" : "follower";
}

export function hex(value: bigint | number): string {
  return `0x${(typeof value === "bigint" ? BigInt.asUintN(64, value) : value).toString(16)}`;
}

/** As ZooKeeper counts: it holds the root twice. */
export function nodeCountOf({ serving }: WordServer): number {
  return serving.table.machine.statistics.znodeCount + 1;
}
