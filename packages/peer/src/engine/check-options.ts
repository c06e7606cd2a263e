import { CoterieError, isPeerId, PEER_ID_MAX, type PeerId, type RecoveredLog, shownOf } from "@coterie/interface";
import { TIMING_EMBEDDED, type ZabTiming } from "@coterie/consensus";
import { PEER_LIMITS_DEFAULT } from "../limits.ts";
import type { PeerLimits } from "../options.ts";
import { hostOf } from "../link/hosts.ts";
import type { EngineOptions } from "./engine-options.ts";

const HOST = /^[^\s*,"]+$/;

/** @throws CoterieError BAD_ARGUMENTS */
export function checkEngineOptions(options: EngineOptions): void {
  const { id, ensemble, role = "voter", transport, listen } = options;
  if (!isPeerId(id)) throw bad(`id is ${shownOf(id)}, which should be an integer in 1..${PEER_ID_MAX}`);
  if (role !== "voter" && role !== "observer") throw bad(`role is ${shownOf(role)}: give "voter" or "observer"`);
  const ids = checkEnsemble(ensemble);
  const isVoter = ids.includes(id);
  if (role === "voter" && !isVoter) throw bad(`peer ${id} is a voter, and ensemble does not name it`);
  if (role === "observer" && isVoter) throw bad(`peer ${id} is an observer, and ensemble names it as a voter`);
  checkObserverHosts(options.observerHosts ?? []);
  checkStorage(options.storage);
  checkTiming(options.timing ?? "embedded");
  checkLimits(options.limits ?? {});
  if (transport !== undefined) return;
  if (ids.length > 1 || role === "observer") throw bad("a peer that is not alone needs a transport");
  if (listen !== undefined) throw bad("a peer that listens needs a transport");
}

function checkObserverHosts(hosts: readonly string[]): void {
  if (!Array.isArray(hosts)) throw bad(`observerHosts is ${shownOf(hosts)}, and has to be an array of hosts`);
  for (const host of hosts as readonly unknown[]) {
    if (typeof host === "string" && HOST.test(host) && hostOf(host) === null) continue;
    throw bad(`observerHosts has ${shownOf(host)}, which is no DNS name or IP address without a port and without *`);
  }
}

function checkStorage(storage: EngineOptions["storage"]): void {
  if (typeof storage?.open === "function") return;
  const hint = typeof storage === "function" ? ": call it, as memory()" : ", on disk or in memory";
  throw bad(`storage is ${shownOf(storage)}, and has to be a LogStorage${hint}`);
}

function checkEnsemble(ensemble: EngineOptions["ensemble"]): number[] {
  if (typeof ensemble !== "object" || ensemble === null || Symbol.iterator in ensemble) {
    throw bad(`ensemble is ${shownOf(ensemble)}, and names the voters by their ids, as { 1: "10.0.0.1:2888" }`);
  }
  const byAddress = new Map<string, string>();
  for (const [id, address] of Object.entries(ensemble)) {
    if (!isPeerId(Number(id))) throw bad(`ensemble names ${shownOf(id)}, and a peer's id is in 1..${PEER_ID_MAX}`);
    if (typeof address !== "string" || address === "")
      throw bad(`ensemble has ${shownOf(address)} as address of peer ${id}`);
    const other = byAddress.get(address);
    if (other !== undefined) throw bad(`the peers ${other} and ${id} have one address, ${address}`);
    byAddress.set(address, id);
  }
  if (byAddress.size === 0) throw bad("ensemble names no voter");
  return [...byAddress.values()].map(Number);
}

function checkTiming(timing: NonNullable<EngineOptions["timing"]>): void {
  if (timing === "embedded" || timing === "dedicated") return;
  if (typeof timing !== "object" || timing === null)
    throw bad(`timing is ${shownOf(timing)}: give "embedded", "dedicated" or an object`);
  for (const key of Object.keys(TIMING_EMBEDDED) as (keyof ZabTiming)[]) {
    if (!Number.isInteger(timing[key]) || timing[key] < 1)
      throw bad(`timing.${key} should be an integer of at least 1`);
  }
}

function checkLimits(limits: Partial<PeerLimits>): void {
  for (const [key, value] of Object.entries(limits)) {
    if (!Object.hasOwn(PEER_LIMITS_DEFAULT, key)) {
      throw bad(`limits.${key} is no limit; there are ${Object.keys(PEER_LIMITS_DEFAULT).join(", ")}`);
    }
    if (typeof value !== "number" || !(value > 0)) throw bad(`limits.${key} is ${shownOf(value)}, not above 0`);
  }
}

/** @throws CoterieError STORE_FOREIGN if the store is another peer's. */
export function checkStored(found: RecoveredLog, self: PeerId): void {
  if (found.kind === "blank" || found.hardState.peerId === self) return;
  throw new CoterieError(
    "STORE_FOREIGN",
    `the store belongs to peer ${found.hardState.peerId}, and this is peer ${self}: give each peer a store of its own`,
  );
}

function bad(what: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `the peer's options are not right: ${what}`);
}
