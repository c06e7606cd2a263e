import { resolve } from "node:path";
import { createPeer, type CoteriePeerOptions, type ZooKeeperPort } from "../create-peer.ts";
import { classicLevel, memory, tcp } from "../parts.ts";
import { readServeCommand, SERVE_USAGE } from "./config/flags.ts";
import type { PeerSecurity, ServeConfig } from "./config/serve-config.ts";
import { createConsoleLogger } from "./console-logger.ts";
import { explainError } from "./explain-error.ts";
import { RenewableCertificates } from "./renewable-certificates.ts";
import { runPeer } from "./run-peer.ts";
import type { Surroundings } from "./surroundings.ts";

/** Runs one peer in the foreground until a signal comes, or it fails. Gives the exit code. */
export async function serve(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { write, writeError, readFile, environment } = surroundings;
  if (args.includes("--help") || args.includes("-h")) {
    write(SERVE_USAGE);
    return 0;
  }
  let options: CoteriePeerOptions;
  let storeText: string;
  let adminSocket: string | null;
  const certificates = new RenewableCertificates(readFile);
  try {
    const { config, warnings } = readServeCommand(args, environment, readFile);
    for (const warning of warnings) writeError(`warning: ${warning}\n`);
    storeText = config.dataDir === null ? "in memory" : `in ${config.dataDir}`;
    adminSocket = config.adminSocket === null ? null : resolve(config.adminSocket);
    options = { ...peerOptionsOf(config, certificates), logger: createConsoleLogger(write) };
  } catch (error) {
    writeError(`coterie serve: ${explainError(error)}\n(coterie serve --help says what there is)\n`);
    return 2;
  }
  const { id, ensemble } = options;
  write(`peer ${id} of ${Object.keys(ensemble).join(", ")} starts; its store is ${storeText}\n`);
  return run(options, adminSocket, certificates, surroundings);
}

async function run(
  options: CoteriePeerOptions,
  adminSocket: string | null,
  certificates: RenewableCertificates,
  surroundings: Surroundings,
): Promise<number> {
  const { writeError, untilSignal } = surroundings;
  const signal = untilSignal();
  const forgetHangup = certificates.count === 0 ? null : renewAtHangup(certificates, surroundings);
  try {
    return await runPeer(createPeer(options), signal.arrived, surroundings, adminSocket);
  } catch (error) {
    writeError(`coterie serve: ${explainError(error)}\n`);
    return 2;
  } finally {
    forgetHangup?.();
    signal.ignore();
  }
}

function renewAtHangup(certificates: RenewableCertificates, { onHangup, write, writeError }: Surroundings): () => void {
  return onHangup(() => {
    const problems = certificates.renew();
    for (const problem of problems) writeError(`coterie serve: ${problem}\n`);
    if (problems.length === 0) write("the certificates were read anew\n");
  });
}

export function peerOptionsOf(config: ServeConfig, certificates: RenewableCertificates): CoteriePeerOptions {
  const { id, ensemble, role, observerHosts, listen, dataDir, timing, tickMs, superDigest } = config;
  const { sessionTimeoutMinMs, sessionTimeoutMaxMs, extendedTypesEnabled, enforceQuota } = config;
  return {
    id,
    ensemble,
    role,
    observerHosts,
    ...(listen === null ? {} : { listen }),
    storage: dataDir === null ? memory() : classicLevel(dataDir),
    transport: peerTransport(config.peerSecurity, certificates),
    timing,
    zookeeper: config.clientPorts.map((port) => clientPort(port, config, certificates)),
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

function peerTransport(security: PeerSecurity, certificates: RenewableCertificates): ReturnType<typeof tcp> {
  switch (security.kind) {
    case "none":
      return tcp();
    case "secret":
      return tcp({ secret: security.secret });
    case "certificate":
      return certificates.transportOf(security.files);
  }
}

function clientPort(
  { host, port, tls }: ServeConfig["clientPorts"][number],
  config: ServeConfig,
  certificates: RenewableCertificates,
): ZooKeeperPort {
  const { fourLetterWords, connectionsPerIpMax, connectionsMax, frameSizeMaxBytes } = config;
  const { sessionsMax, requestsPerSecondMax } = config;
  return {
    host,
    port,
    ...(tls === null ? {} : { transport: certificates.transportOf(tls) }),
    fourLetterWords,
    connectionsPerIpMax,
    connectionsMax,
    sessionsMax,
    requestsPerSecondMax,
    frameSizeMaxBytes,
  };
}
