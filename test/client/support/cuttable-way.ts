import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP way to a server that a test can break. */
export interface CuttableWay {
  /** `host:port` */
  readonly address: string;
  /** How many connections have come so far. */
  readonly connectionCount: number;
  /** Ends all connections, and takes in new ones. */
  cut(): void;
  /** Nothing goes through any more, in either direction, and neither end is told; new connections are made and are as dead. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

export async function openCuttableWay(target: { readonly host: string; readonly port: number }): Promise<CuttableWay> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let connectionCount = 0;
  const server: Server = createServer((near) => {
    connectionCount += 1;
    const far = connect(target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("data", (chunk) => {
        if (!isFrozen) other.write(chunk);
      });
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, HOST);
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the system named no port");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `${HOST}:${bound.port}`,
    get connectionCount() {
      return connectionCount;
    },
    cut,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
    },
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
