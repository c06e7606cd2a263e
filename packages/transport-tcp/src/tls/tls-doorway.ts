import type { Socket } from "node:net";
import { createServer, type Server, type TlsOptions, type TLSSocket } from "node:tls";

/** A socket of whose handshake Node.js has told: it is done, or it has failed. */
export type DoorwayOutcome = { readonly socket: TLSSocket } | { readonly error: unknown };

/**
 * The listening side's handshakes. Node.js makes them only in a `tls.Server`, so there is one, which never listens: raw
 * sockets are handed to it as its documentation allows ("connection"), and it tells by events what has become of them.
 * Which socket an event means is found by the two addresses, which no two open connections share.
 */
export class TlsDoorway {
  private readonly server: Server;
  private readonly waiting = new Map<string, (outcome: DoorwayOutcome) => void>();

  constructor(options: TlsOptions) {
    this.server = createServer({ ...options, allowHalfOpen: true });
    this.server.on("secureConnection", (socket) => this.settle(keyOf(socket), { socket }));
    this.server.on("tlsClientError", (error, socket) => this.settle(keyOf(socket), { error }));
  }

  /** What certificates and keys are used from the next handshake on. */
  setSecureContext(options: TlsOptions): void {
    this.server.setSecureContext(options);
  }

  enter(raw: Socket, settle: (outcome: DoorwayOutcome) => void): void {
    const key = keyOf(raw);
    this.waiting.set(key, settle);
    raw.once("close", () => {
      // Perhaps another connection has the same addresses by now.
      if (this.waiting.get(key) === settle) this.settle(key, { error: new Error("it was closed") });
    });
    this.server.emit("connection", raw);
  }

  private settle(key: string, outcome: DoorwayOutcome): void {
    const settle = this.waiting.get(key);
    this.waiting.delete(key);
    if (settle !== undefined) settle(outcome);
    else if ("socket" in outcome) outcome.socket.on("error", () => undefined).destroy();
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
