import type { CoterieError } from "@coterie/interface";
import type { TLSSocket } from "node:tls";
import type { Secured, Settle } from "../stream/stream-security.ts";
import { handshakeError } from "./handshake-error.ts";

/** What becomes of one TLS socket on its way to `Secured`: told once, by whatever comes first. */
export class TlsHandshake {
  readonly socket: TLSSocket;
  private readonly settled: Settle;
  private isSettled = false;
  /** Decided, and not told before the other end has had a chance to hear of it. */
  private fate: CoterieError | null = null;

  /** `otherwise`: what a connection is called that breaks for reasons which have nothing to do with TLS. */
  constructor(socket: TLSSocket, otherwise: "UNREACHABLE" | "CONNECTION_CLOSED", settled: Settle) {
    this.socket = socket;
    this.settled = settled;
    socket.on("error", (error) => this.settle(this.fate ?? handshakeError(error, otherwise)));
    socket.once("close", () => this.settle(this.fate ?? handshakeError(new Error("it was closed"), otherwise)));
  }

  settle(outcome: Secured | CoterieError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.settled(outcome);
  }

  /**
   * Tells the other end `last` and then settles with `reason`. It ends its side when it has read that; were this one
   * destroyed before, with something unread, the byte might never arrive. The handshake's time limit bounds it.
   */
  refuse(reason: CoterieError, last: Uint8Array): void {
    this.fate = reason;
    this.socket.resume();
    this.socket.end(last);
  }
}
