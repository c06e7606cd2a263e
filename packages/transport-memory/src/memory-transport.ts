import {
  checkConnectionOptions,
  checkListenOptions,
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type Transport,
  type TransportSupports,
} from "@coterie/interface";
import { type Address, formatAddress, notAddress, parseAddress } from "./address.ts";
import type { End } from "./end.ts";

export interface OpenListener {
  readonly handler: ListenHandler;
  readonly options: ListenOptions;
}

/** What a transport needs of the network that it is a part of. */
export interface TransportContext {
  /** By address. */
  readonly listeners: Map<string, OpenListener>;
  /** A port of `host` that nobody listens at. */
  freePort(host: string): number;
  /** A new end at `local`, and the one that it will call at `remote`. */
  createEnd(local: Address, remote: Address): End;
  /** Ends at once where the network is cut and has no clock to wait by. */
  call(end: End): void;
}

/** Nothing can be proven here, and there is no wire that anything could stand on. */
const SUPPORTS: TransportSupports = Object.freeze({ identity: false, zookeeperFraming: false });

/** What one host of a memory network sees of it. */
export class MemoryTransport implements Transport {
  readonly supports: TransportSupports = SUPPORTS;
  private readonly context: TransportContext;
  private readonly host: string;

  constructor(context: TransportContext, host: string) {
    this.context = context;
    this.host = host;
  }

  async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    checkListenOptions(options, SUPPORTS);
    const { listeners } = this.context;
    const asked = parseAddress(address);
    if (asked === null) throw new CoterieError("ADDRESS_UNUSABLE", notAddress(address));
    if (asked.host !== this.host) {
      throw new CoterieError("ADDRESS_UNUSABLE", `${address} is not an address of the host ${this.host}`);
    }
    const port = asked.port === 0 ? this.context.freePort(this.host) : asked.port;
    const real = formatAddress({ host: this.host, port });
    if (listeners.has(real)) throw new CoterieError("ADDRESS_IN_USE", `somebody listens at ${real} already`);
    const open: OpenListener = { handler, options };
    listeners.set(real, open);
    const close = async (): Promise<void> => {
      if (listeners.get(real) === open) listeners.delete(real);
    };
    return { address: real, close };
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    checkConnectionOptions(options);
    const remote = parseAddress(address);
    const local = { host: this.host, port: this.context.freePort(this.host) };
    const end = this.context.createEnd(local, remote ?? local);
    end.attach(handler, options);
    if (remote === null || remote.port === 0) end.fail("ADDRESS_UNUSABLE", notAddress(address));
    else this.context.call(end);
    return end;
  }
}
