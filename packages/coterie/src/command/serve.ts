import type { Peer } from "@coterie/peer";
import { createPeer, type CoteriePeerOptions, type ZooKeeperPort } from "../create-peer.ts";
import { classicLevel, memory, tcp } from "../parts.ts";
import { readServeCommand, SERVE_USAGE } from "./config/flags.ts";
import { type PeerSecurity, readCredentials, type ReadFile, type ServeConfig } from "./config/serve-config.ts";
import { createConsoleLogger } from "./console-logger.ts";
import type { Surroundings } from "./surroundings.ts";

/** Runs one peer in the foreground until a signal comes, or it fails. Gives the exit code. */
export async function serve(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { write, writeError, readFile, environment } = surroundings;
  if (args.includes("--help") || args.includes("-h")) {
    write(SERVE_USAGE);
    return 0;
  }
  let options: CoteriePeerOptions;
  try {
    const { config, warnings } = readServeCommand(args, environment, readFile);
    for (const warning of warnings) writeError(`warning: ${warning}\n`);
    options = { ...peerOptionsOf(config, readFile), logger: createConsoleLogger(write) };
  } catch (error) {
    writeError(`coterie serve: ${(error as Error).message}\n(coterie serve --help says what there is)\n`);
    return 2;
  }
  return run(options, surroundings);
}

async function run(options: CoteriePeerOptions, { write, writeError, untilSignal }: Surroundings): Promise<number> {
  const stopping = new AbortController();
  const signal = untilSignal();
  let peer: Peer;
  try {
    peer = createPeer(options);
  } catch (error) {
    signal.ignore();
    writeError(`coterie serve: ${(error as Error).message}\n`);
    return 2;
  }
  const failed = new Promise<Error>((resolve) => peer.once("fatal", resolve));
  const toldToStop = signal.arrived.then(() => stopping.abort());
  try {
    await peer.start({ signal: stopping.signal });
  } catch (error) {
    signal.ignore();
    if (stopping.signal.aborted) return 0;
    writeError(`coterie serve: ${(error as Error).message}\n`);
    return 1;
  }
  for (const port of peer.status.ports) write(`ZooKeeper clients may connect at ${port}\n`);
  const failure = await Promise.race([failed, toldToStop]);
  signal.ignore();
  await peer.stop();
  if (failure === undefined) return 0;
  writeError(`coterie serve: ${failure.message}\n`);
  return 1;
}

export function peerOptionsOf(config: ServeConfig, readFile: ReadFile): CoteriePeerOptions {
  const { id, ensemble, role, listen, dataDir, timing, tickMs, superDigest } = config;
  const { sessionTimeoutMinMs, sessionTimeoutMaxMs, extendedTypesEnabled, enforceQuota } = config;
  return {
    id,
    ensemble,
    role,
    ...(listen === null ? {} : { listen }),
    storage: dataDir === null ? memory() : classicLevel(dataDir),
    transport: peerTransport(config.peerSecurity, readFile),
    timing,
    zookeeper: config.clientPorts.map((port) => clientPort(port, config, readFile)),
    sessions: {
      tickMs,
      ...(sessionTimeoutMinMs === null ? {} : { timeoutMinMs: sessionTimeoutMinMs }),
      ...(sessionTimeoutMaxMs === null ? {} : { timeoutMaxMs: sessionTimeoutMaxMs }),
    },
    extendedTypesEnabled,
    enforceQuota,
    ...(superDigest === null ? {} : { superDigest }),
  };
}

function peerTransport(security: PeerSecurity, readFile: ReadFile): ReturnType<typeof tcp> {
  switch (security.kind) {
    case "none":
      return tcp();
    case "secret":
      return tcp({ secret: security.secret });
    case "certificate":
      return tcp({ tls: readCredentials(security.files, readFile) });
  }
}

function clientPort(
  { host, port, tls }: ServeConfig["clientPorts"][number],
  { fourLetterWords, connectionsPerIpMax, connectionsMax, frameSizeMaxBytes }: ServeConfig,
  readFile: ReadFile,
): ZooKeeperPort {
  return {
    host,
    port,
    ...(tls === null ? {} : { tls: readCredentials(tls, readFile) }),
    fourLetterWords,
    connectionsPerIpMax,
    connectionsMax,
    frameSizeMaxBytes,
  };
}
