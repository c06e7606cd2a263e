import type { Clock } from "@coterie/interface";
import type { PortConnection } from "../port-connection.ts";
import { hex } from "./word-server.ts";

/** How `cons` names what was answered last. */
const OPERATION_NAMES: Readonly<Record<string, string>> = {
  none: "NA",
  refused: "NA",
  connect: "SESS",
  ping: "PING",
  create: "CREA",
  create2: "CREA",
  createTTL: "CREA",
  createContainer: "CREA",
  delete: "DELE",
  setData: "SETD",
  reconfig: "RECO",
  setACL: "SETA",
  closeSession: "CLOS",
  sync: "SYNC",
  check: "CHEC",
  multi: "MULT",
  multiRead: "MLTR",
  exists: "EXIS",
  getData: "GETD",
  setWatches: "SETW",
  setWatches2: "STW2",
  addWatch: "ADDW",
  getACL: "GETA",
  getChildren: "GETC",
  getChildren2: "GETC",
  getAllChildrenNumber: "GETACN",
  getEphemerals: "GETE",
  checkWatches: "CHKW",
  removeWatches: "REMW",
  whoAmI: "HOMI",
  auth: "AUTH",
  sasl: "SASL",
};

/** As `stat` shows a connection. */
export function shortLineOf(connection: PortConnection): string {
  return `${headOf(connection)})\n`;
}

/** As `cons` shows a connection. */
export function longLineOf(connection: PortConnection, clock: Clock): string {
  const { served, establishedAtMs } = connection;
  if (served === null || served.sessionId === 0n) return shortLineOf(connection);
  const { lastReply, timeoutMs, sessionId, traffic } = served;
  const { minMs, averageMs, maxMs } = traffic.latency;
  const parts = [
    headOf(connection),
    `sid=${hex(sessionId)}`,
    `lop=${OPERATION_NAMES[lastReply.operation] ?? "NA"}`,
    `est=${establishedAtMs}`,
    `to=${timeoutMs}`,
    // Pings and others with an xid below 0 leave it as it was in ZooKeeper, too.
    ...(lastReply.tag >= 0 ? [`lcxid=${hex(lastReply.tag)}`] : []),
    `lzxid=${hex(lastReply.zxid < 0 ? 0xffff_ffff_ffff_ffffn : lastReply.zxid)}`,
    `lresp=${Math.floor(Math.min(lastReply.atMs, clock.nowMs()))}`,
    `llat=${Math.round(lastReply.latencyMs)}`,
    `minlat=${Math.round(minMs)}`,
    `avglat=${Math.round(averageMs)}`,
    `maxlat=${Math.round(maxMs)}`,
  ];
  return `${parts.join(",")})\n`;
}

/** `[1]` is what its socket waits for: 1 to read, 0 nothing. */
function headOf({ remoteAddress, isReading, counts }: PortConnection): string {
  const { queuedCount, receivedCount, sentCount } = counts;
  return ` /${remoteAddress}[${isReading ? 1 : 0}](queued=${queuedCount},recved=${receivedCount},sent=${sentCount}`;
}
