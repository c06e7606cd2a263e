import { startZooKeeperServer, type ZooKeeperServer, type ZooKeeperServerOptions } from "./zookeeper-server.ts";

/** Hands out servers that nobody used before, and starts the next one with the same options meanwhile. */
export interface ServerPool {
  take(options: ZooKeeperServerOptions): Promise<ZooKeeperServer>;
  /** Stops the servers that nobody took. */
  close(): Promise<void>;
}

export function createServerPool(): ServerPool {
  const started = new Map<string, Promise<ZooKeeperServer>>();
  const start = (options: ZooKeeperServerOptions): Promise<ZooKeeperServer> => {
    const server = startZooKeeperServer(options);
    // Whoever takes it sees the failure; until then it is not unhandled.
    server.catch(() => undefined);
    return server;
  };
  return {
    async take(options) {
      const key = JSON.stringify(options);
      const server = started.get(key) ?? start(options);
      started.delete(key);
      try {
        return await server;
      } finally {
        started.set(key, start(options));
      }
    },
    async close() {
      const results = await Promise.allSettled(started.values());
      started.clear();
      const servers = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
