import type { Connection, Listener, ListenOptions, Transport } from "@coterie/interface";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createTcpTransport, type TcpSecurity, type TcpTransport, type TcpTransportOptions } from "../src/index.ts";
import { OPTIONS, Porter, Recorder } from "./recorder.ts";

/** What a test has opened, to be closed after it. */
export class Ends {
  private readonly closers: (() => unknown)[] = [];

  async listen(
    transportOptions: TcpTransportOptions = {},
    options: Partial<ListenOptions> = {},
    address = "127.0.0.1:0",
  ): Promise<Listening> {
    return this.listenWith(createTcpTransport(transportOptions), options, address);
  }

  async listenWith<Kind extends Transport>(
    transport: Kind,
    options: Partial<ListenOptions> = {},
    address = "127.0.0.1:0",
  ): Promise<Listening<Kind>> {
    const porter = new Porter();
    const listener = await transport.listen(address, porter, { ...OPTIONS, ...options });
    this.closers.push(
      () => listener.close(),
      () => porter.connections.forEach((connection) => connection.abort()),
    );
    return { transport, porter, listener, port: Number(listener.address.split(":").at(-1)) };
  }

  dial(transport: Transport, address: string): { near: Connection; heard: Recorder } {
    const heard = new Recorder();
    const near = transport.dial(address, heard, OPTIONS);
    this.closers.push(() => near.abort());
    return { near, heard };
  }

  /** A socket that is no transport of ours, connected. */
  async socket(port: number): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.closers.push(() => socket.destroy());
    await once(socket, "connect");
    socket.on("error", () => undefined);
    return socket;
  }

  later(close: () => unknown): void {
    this.closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0).toReversed()) await close();
  }
}

export interface Listening<Kind extends Transport = TcpTransport> {
  readonly transport: Kind;
  readonly porter: Porter;
  readonly listener: Listener;
  readonly port: number;
}

export const secretOf = (secret: string): TcpSecurity => ({ kind: "secret", secret });
