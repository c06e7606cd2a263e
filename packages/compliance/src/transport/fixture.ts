import type { Duplex } from "node:stream";
import type { RemoteIdentity, Transport, TransportSupports } from "@coterie/interface";

/** Two transports that can reach each other. The suite makes a site for each case and removes it afterwards. */
export interface TransportSite {
  /** Where the case listens. */
  readonly listening: Transport;
  /** Where it dials. May be the same object. */
  readonly dialing: Transport;
}

/**
 * What the suite needs to get at an implementation. What is optional switches cases on.
 *
 * All limits in time that a transport has (for a dial, a handshake, the end of a `close`) should be set to well under a
 * second here, and nothing else should be in use at the site: cases wait for what these limits end.
 */
export interface TransportFixture<Site extends TransportSite = TransportSite> {
  /** As the transports' own `supports`; said here as well, since it selects cases before there is a transport. */
  readonly supports: TransportSupports;

  createSite(): Promise<Site>;

  /** Called when all listeners of the case are closed and all its connections aborted. */
  removeSite(site: Site): Promise<void>;

  /** An address that `site.listening` can listen at and nobody has in use; port 0 will do. Called many times. */
  createAddress(site: Site): string;

  /** An address that `listen` and `dial` refuse with `ADDRESS_UNUSABLE`, for its form for instance. */
  readonly unusableAddress: string;

  /** Whether one address names different places at two sites. Needless to say where addresses are the machine's. */
  readonly hasOwnAddresses?: boolean;

  /** How the world goes on while a case waits. Default: the event loop turns, for `waitMaxMs`. */
  readonly pace?: TransportPace;

  /**
   * How long a case waits for something that has to happen before it fails, in milliseconds; on a machine that is too slow
   * for 300 turns of the event loop in that time, until there were so many. Longer than any limit in time of the
   * transports. Has no meaning with `pace`. Default: 2000.
   */
  readonly waitMaxMs?: number;

  /** Connects to `address` past the transport, to write and read bytes. Needed with `zookeeperFraming`. */
  connectRaw?(site: Site, address: string): Promise<Duplex>;

  /**
   * Connects to `address` as a client that goes away without a farewell: calling the result loses it, in a way that the
   * transport should notice (a socket destroyed, a worker terminated, a port closed).
   */
  connectLost?(site: Site, address: string): Promise<() => void>;

  /** Needed with `supports.identity`. */
  readonly identity?: TransportIdentityFixture<Site>;
}

export interface TransportIdentityFixture<Site extends TransportSite = TransportSite> {
  /** What `site.listening` has to learn of `site.dialing`, and the other way round. */
  readonly ofDialing: RemoteIdentity;
  readonly ofListening: RemoteIdentity;

  /** A transport that cannot prove who it is: it is refused when it dials and when it is dialled. */
  createStranger(site: Site): Transport;

  /** An address that the stranger can listen at. */
  createStrangerAddress(site: Site): string;
}

export interface TransportPace {
  /** Lets something happen: a turn of the event loop, a step of a clock. */
  turn(): Promise<void>;
  /** How many turns an event may take to come before its case fails. */
  readonly turnsMax: number;
}

/** What a case may need. */
export type TransportAbility = "identity" | "no identity" | "raw" | "lost" | "own addresses";

export function abilitiesOf<Site extends TransportSite>(fixture: TransportFixture<Site>): Set<TransportAbility> {
  const { supports, identity } = fixture;
  const abilities = new Set<TransportAbility>();
  abilities.add(supports.identity ? "identity" : "no identity");
  if (supports.identity && identity === undefined) throw new TypeError("supports.identity needs fixture.identity");
  if (supports.zookeeperFraming && fixture.connectRaw === undefined) {
    throw new TypeError("supports.zookeeperFraming needs fixture.connectRaw");
  }
  if (supports.zookeeperFraming) abilities.add("raw");
  if (fixture.connectLost !== undefined) abilities.add("lost");
  if (fixture.hasOwnAddresses === true) abilities.add("own addresses");
  return abilities;
}
