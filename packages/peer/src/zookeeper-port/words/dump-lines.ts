import type { CoreStateMachine } from "@coterie/core";
import type { SessionId } from "@coterie/interface";
import type { PortConnection } from "../port-connection.ts";
import { boundedText } from "./bounded-text.ts";
import { hex, type WordServer } from "./word-server.ts";

/** `dump`: sessions, what is ephemeral, connections. A leader knows when sessions expire, others how long they last. */
export function dumpLines(server: WordServer): string {
  return [
    `SessionTracker dump:\n${boundedText(sessionLines(server))}`,
    `ephemeral nodes dump:\n${boundedText(ephemeralLines(server))}`,
    `Connections dump:\n${connectionLines(server)}`,
  ].join("");
}

function* sessionLines({ serving, facts }: WordServer): Generator<string> {
  const deadlines = facts.sessionDeadlines();
  if (deadlines === null) {
    const sessions = [...serving.table.machine.sessions()];
    yield `Global Sessions(${sessions.length}):\n`;
    for (const { id, timeoutMs } of sessions) yield `${hex(id)}\t${timeoutMs}ms\n`;
    return;
  }
  const count = deadlines.reduce((sum, { ids }) => sum + ids.length, 0);
  yield `Session Sets (${deadlines.length})/(${count}):\n`;
  for (const { atMs, ids } of deadlines) {
    yield `${ids.length} expire at ${dateOf(atMs)}:\n`;
    for (const id of ids) yield `\t${hex(id)}\n`;
  }
}

function* ephemeralLines({ serving }: WordServer): Generator<string> {
  const { machine } = serving.table;
  const owners = [...machine.sessions()].filter(({ ephemerals }) => ephemerals.size > 0);
  yield `Sessions with Ephemerals (${owners.length}):\n`;
  for (const { id } of owners) {
    yield `${hex(id)}:\n`;
    for (const path of ephemeralsOf(machine, id)) yield `\t${path}\n`;
  }
}

function ephemeralsOf(machine: CoreStateMachine, sessionId: SessionId): readonly string[] {
  const request = { kind: "getEphemerals", prefixPath: null } as const;
  const answer = machine.read(request, { sessionId, identities: [], watcher: 0 });
  return answer.kind === "getEphemerals" ? answer.ephemerals : [];
}

/** By how long they may stay silent: connections have no deadlines of their own here, their sessions do. */
function connectionLines({ connections }: WordServer): string {
  const byTimeout = new Map<number, PortConnection[]>();
  for (const connection of connections) {
    const timeoutMs = connection.served?.timeoutMs ?? 0;
    byTimeout.set(timeoutMs, [...(byTimeout.get(timeoutMs) ?? []), connection]);
  }
  const sets = [...byTimeout].map(([timeoutMs, those]) => {
    const lines = those.map(
      ({ remoteAddress, served }) => `\tip: /${remoteAddress} sessionId: ${hex(served?.sessionId ?? 0n)}\n`,
    );
    return `${those.length} expire after ${timeoutMs}ms:\n${lines.join("")}`;
  });
  return `Connections Sets (${byTimeout.size})/(${connections.size}):\n${sets.join("")}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** As Java prints a date: `Thu Jan 01 00:00:00 UTC 1970`. */
export function dateOf(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())}`;
  return `${day} ${time} UTC ${date.getUTCFullYear()}`;
}
