import {
  type Clock,
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  type ConnectionOptions,
  CoterieError,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type TransportSupports,
} from "@coterie/interface";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { createMutant, type Mutant } from "../support/mutant.ts";
import { afterRounds, SILENT, TamperedEnd, TamperedTransport } from "../support/tampering.ts";

class PromisingIdentity extends TamperedTransport {
  override get supports(): TransportSupports {
    return { identity: true, zookeeperFraming: false };
  }
}

/** Changes what `listen` gives. */
abstract class TamperedListening extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    return this.change(await super.listen(address, handler, options), address, handler);
  }
  abstract change(listener: Listener, address: string, handler: ListenHandler): Listener;
}

class RefusingGoodDials extends TamperedTransport {
  protected override accept(handler: ListenHandler, connection: Connection, options: ListenOptions): ConnectionHandler {
    afterRounds(1, () => handler.refused(new CoterieError("CONNECTION_CLOSED"), "a"));
    return super.accept(handler, connection, options);
  }
}

/** Says that it listens, and does so some time later. */
class ListeningLate extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const listening = new Promise<Listener>((resolve, reject) => {
      afterRounds(100, () => void super.listen(address, handler, options).then(resolve, reject));
    });
    listening.catch(() => undefined);
    return { address, close: async () => (await listening).close() };
  }
}

class AlwaysAtOnePort extends TamperedListening {
  override change(listener: Listener): Listener {
    return { address: this.listeners[0]!.address, close: async () => listener.close() };
  }
}

class SharingAddresses extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    try {
      return await super.listen(address, handler, options);
    } catch (error) {
      if ((error as CoterieError).code !== "ADDRESS_IN_USE") throw error;
      return { address, close: async () => undefined };
    }
  }
}

class SayingInUse extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    try {
      return await super.listen(address, handler, options);
    } catch (error) {
      throw (error as CoterieError).code === "ADDRESS_UNUSABLE" ? new CoterieError("ADDRESS_IN_USE") : error;
    }
  }
}

class NeverClosing extends TamperedListening {
  override change({ address }: Listener): Listener {
    return { address, close: async () => undefined };
  }
}

class ClosingConnections extends TamperedListening {
  override change(listener: Listener): Listener {
    const close = async (): Promise<void> => {
      const { ends } = this.ring;
      const there = ends.filter(({ info }) => info?.localAddress === listener.address);
      for (const end of there) if (end.state === "open") end.abort();
      return listener.close();
    };
    return { address: listener.address, close };
  }
}

class KeepingAddresses extends TamperedTransport {
  readonly used = new Set<string>();
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    if (this.used.has(address)) throw new CoterieError("ADDRESS_IN_USE");
    const listener = await super.listen(address, handler, options);
    this.used.add(address);
    return listener;
  }
}

class ClosingOnce extends TamperedListening {
  override change(listener: Listener): Listener {
    let isClosing = false;
    const close = async (): Promise<void> => {
      if (isClosing) throw new CoterieError("CONNECTION_CLOSED");
      isClosing = true;
      await listener.close();
      isClosing = false;
    };
    return { address: listener.address, close };
  }
}

class EmbeddingAddresses extends TamperedEnd {
  override opened(info: ConnectionInfo): void {
    super.opened({ ...info, remoteIp: "::ffff:127.0.0.1" });
  }
}

class DiallingAgain extends TamperedTransport {
  override dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const closed = (reason: CoterieError): void => {
      if (reason.code === "UNREACHABLE") afterRounds(20, () => void this.inner.dial(address, SILENT, options));
      handler.closed(reason);
    };
    const patient: ConnectionHandler = {
      opened: (info) => handler.opened(info),
      received: (frame) => handler.received(frame),
      drained: () => handler.drained(),
      closed,
    };
    return super.dial(address, patient, options);
  }
}

/** A dial that comes to nothing holds up those after it. */
class DiallingInTurn extends TamperedTransport {
  static readonly ROUNDS = 60;
  private waiting = 0;
  override dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const held = this.waiting * DiallingInTurn.ROUNDS;
    this.waiting += 1;
    return super.dial(address, this.lateHandler(handler, held), options);
  }
  private lateHandler(handler: ConnectionHandler, rounds: number): ConnectionHandler {
    const later = (task: () => void): void => {
      if (rounds < 20 * DiallingInTurn.ROUNDS) task();
      else afterRounds(rounds, task);
    };
    return {
      opened: (info) => later(() => handler.opened(info)),
      received: (frame) => later(() => handler.received(frame)),
      drained: () => later(() => handler.drained()),
      closed: (reason) => {
        this.waiting -= reason.code === "UNREACHABLE" ? 0 : 1;
        later(() => handler.closed(reason));
      },
    };
  }
}

class HoldingThirty extends TamperedTransport {
  private count = 0;
  protected override accept(handler: ListenHandler, connection: Connection, options: ListenOptions): ConnectionHandler {
    this.count += 1;
    if (this.count <= 30) return super.accept(handler, connection, options);
    connection.abort();
    return SILENT;
  }
}

class ClosingElsewhere extends TamperedListening {
  override change(listener: Listener): Listener {
    const close = async (): Promise<void> => {
      const others = this.ring.sites.filter((site) => site !== this.ring).flatMap(({ transports }) => transports);
      await Promise.all(others.flatMap(({ listeners }) => listeners).map(async (other) => other.close()));
      return listener.close();
    };
    return { address: listener.address, close };
  }
}

class PromisingSecrets extends TamperedEnd {
  override opened(info: ConnectionInfo): void {
    super.opened({ ...info, identity: { kind: "secret" } });
  }
}

/** One network for all sites. */
function createSharedNetwork(): (clock: Clock) => MemoryNetwork {
  let network: MemoryNetwork | null = null;
  return (clock) => (network ??= createMemoryNetwork({ clock, closeTimeoutMs: 20 }));
}

export const PLACE_MUTANTS: readonly Mutant[] = [
  createMutant({
    name: "promises what it cannot do",
    Transport: PromisingIdentity,
    fails: ["`supports` says what an implementation can do"],
  }),
  createMutant({
    name: "listens later than it says",
    Transport: ListeningLate,
    fails: ["`listen` resolves when connections are taken in"],
    isBroad: true,
  }),
  createMutant({
    name: "refuses what it accepts",
    Transport: RefusingGoodDials,
    fails: [
      "`accept`: a connection has come in and its handshake is done: gives its handler, which then hears `opened`",
    ],
  }),
  createMutant({
    name: "does not say where it listens",
    Transport: AlwaysAtOnePort,
    fails: [
      "`Listener.address` is where it listens, in the form that `dial` takes; with the real port where 0 was asked for",
    ],
    isBroad: true,
  }),
  createMutant({
    name: "lets two listen at one address",
    Transport: SharingAddresses,
    fails: ["`listen` rejects with `ADDRESS_IN_USE`"],
  }),
  createMutant({
    name: "calls each address one in use",
    Transport: SayingInUse,
    fails: ["`listen` rejects with `ADDRESS_UNUSABLE`"],
  }),
  createMutant({
    name: "does not stop listening",
    Transport: NeverClosing,
    fails: ["`Listener.close` takes in no more connections"],
    isBroad: true,
  }),
  createMutant({
    name: "closes connections with their listener",
    Transport: ClosingConnections,
    fails: ["`Listener.close`: those that are open stay"],
  }),
  createMutant({
    name: "does not free an address",
    Transport: KeepingAddresses,
    fails: [
      "`Listener.close` resolves when the address is free again",
      "`Listener.close`: a second call resolves with the first. Never rejects",
      "`dial`: nothing is tried twice",
    ],
  }),
  createMutant({
    name: "fails to close a listener again",
    Transport: ClosingOnce,
    fails: ["`Listener.close`: a second call resolves with the first. Never rejects"],
  }),
  createMutant({
    name: "gives IPv4 addresses in IPv6",
    End: EmbeddingAddresses,
    fails: ["`dial`: in bounded time `opened` comes, with what is known of the connection"],
  }),
  createMutant({ name: "dials again", Transport: DiallingAgain, fails: ["`dial`: nothing is tried twice"] }),
  createMutant({
    name: "makes dials wait for those that come to nothing",
    Transport: DiallingInTurn,
    fails: [
      "connections do not wait for each other: nor for dials that come to nothing",
      "many connections at once, each with its own frames",
    ],
  }),
  createMutant({
    name: "holds no more than thirty connections",
    Transport: HoldingThirty,
    fails: ["many connections at once, each with its own frames"],
  }),
  createMutant({
    name: "closes listeners of other transports",
    Transport: ClosingElsewhere,
    fails: ["two transports share nothing"],
  }),
  createMutant({
    name: "shares its network",
    createNetwork: createSharedNetwork(),
    fails: [
      "two transports share nothing",
      "two transports share nothing: an address of one is no address of the other",
    ],
  }),
  createMutant({
    name: "promises what was not proven",
    End: PromisingSecrets,
    fails: ["what `identity` says was proven, nothing else: here nothing is"],
  }),
];
