import { formatZxid } from "@coterie/interface";
import { shortLineOf } from "./connection-lines.ts";
import { modeOf, nodeCountOf, type WordServer } from "./word-server.ts";

/** `srvr`; with `clients` between the version and the rest it is `stat`. */
export function serverLines(server: WordServer, withClients: boolean): string {
  const { serving, facts, connections } = server;
  const { traffic, table } = serving;
  const { machine } = table;
  const { minMs, averageMs, maxMs } = traffic.latency;
  const mode = modeOf(server);
  const sizes = mode === "leader" ? facts.proposalSizes() : null;
  const clients = withClients ? `Clients:\n${[...connections].map(shortLineOf).join("")}\n` : "";
  return [
    `Zookeeper version: ${facts.version}\n`,
    clients,
    `Latency min/avg/max: ${Math.round(minMs)}/${oneDecimal(averageMs)}/${Math.round(maxMs)}\n`,
    `Received: ${traffic.receivedCount}\n`,
    `Sent: ${traffic.sentCount}\n`,
    `Connections: ${connections.size}\n`,
    `Outstanding: ${traffic.outstandingCount}\n`,
    `Zxid: ${formatZxid(machine.lastAppliedZxid)}\n`,
    `Mode: ${mode}\n`,
    `Node count: ${nodeCountOf(server)}\n`,
    sizes === null ? "" : `Proposal sizes last/min/max: ${sizes.lastBytes}/${sizes.minBytes}/${sizes.maxBytes}\n`,
  ].join("");
}

/** Up to four decimals, and one at least: as Java prints it. */
export function oneDecimal(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}
