import type { Transport as Inner } from "@coterie/interface";
import type { MemoryNetwork } from "@coterie/transport-memory";
import type { TransportFixture, TransportSite } from "../../../src/transport/fixture.ts";
import { createMemoryFixture, type MemorySite } from "./memory-fixture.ts";
import type { SteppedClock } from "./stepped-clock.ts";
import { type EndClass, Ring, TamperedEnd, TamperedTransport, type TransportClass } from "./tampering.ts";

/** A transport that breaks one rule, and the cases that have to notice: these and no others. */
export interface Mutant<Site extends TransportSite = MemorySite> {
  readonly name: string;
  readonly fails: readonly string[];
  /** Nothing works without the rule: then the named cases are among those that fail. */
  readonly isBroad?: boolean;
  readonly createFixture: () => TransportFixture<Site>;
}

export interface Breakage {
  readonly name: string;
  readonly fails: readonly string[];
  readonly isBroad?: boolean;
  readonly End?: EndClass;
  readonly Transport?: TransportClass;
  readonly createNetwork?: (clock: SteppedClock) => MemoryNetwork;
}

export function createMutant({
  End = TamperedEnd,
  Transport = TamperedTransport,
  createNetwork,
  ...rest
}: Breakage): Mutant {
  return {
    ...rest,
    createFixture() {
      const sites: Ring[] = [];
      const createWrap = () => {
        const ring = new Ring(sites);
        return (inner: Inner) => new Transport(ring, inner, End);
      };
      return createMemoryFixture({
        createWrap,
        ...(createNetwork === undefined ? {} : { createNetwork }),
      });
    },
  };
}
