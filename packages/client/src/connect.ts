import { checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import { createPlatformClock, keepAlive } from "@coterie/platform";
import { createSession, type Session, untilConnected } from "@coterie/session";
import {
  type ClientChannel,
  type ClientChannelOptions,
  createClientChannel,
  SESSION_TIMEOUT_DEFAULT_MS,
} from "./client-channel.ts";
import { checkChroot, type ConnectTarget, parseConnectString } from "./connect-string.ts";
import { checkCount } from "./limits.ts";

export interface ConnectOptions extends Omit<ClientChannelOptions, "addresses"> {
  /** How long to wait for the first connection. Default: the session's timeout. */
  readonly deadlineMs?: number | undefined;
  /** An abort gives the attempt up: `connect` rejects with ABORTED, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const CONNECT: OptionKinds<ConnectOptions> = {
  transport: "object",
  sessionTimeoutMs: "any",
  deadlineMs: "any",
  signal: "any",
  readOnly: "boolean",
  isKept: "boolean",
  limits: "object",
  clock: "object",
  random: "object",
};

/**
 * A session over the wire, with Coterie's peers or Apache ZooKeeper. Resolves when it is connected. `target` is a connection
 * string as ZooKeeper's, `host1:2181,host2:2181/chroot`, or addresses in the form of another transport than TCP's. The process
 * does not end by itself meanwhile, even if there is nothing that it could do.
 *
 * Rejects with CoterieError BAD_ARGUMENTS for what is none; UNREACHABLE, naming each server and what was last wrong with it, if
 * none has given a session until the deadline; ABORTED.
 */
export async function connect(target: string | ConnectTarget, options: ConnectOptions): Promise<Session> {
  checkOptions("connect", options, CONNECT);
  const { addresses, chroot } = typeof target === "object" && target !== null ? target : parseConnectString(target);
  if (chroot !== undefined) checkChroot(chroot);
  const { signal, clock = createPlatformClock() } = options;
  const sessionTimeoutMs = checkCount("sessionTimeoutMs", options.sessionTimeoutMs ?? SESSION_TIMEOUT_DEFAULT_MS);
  const deadlineMs = checkCount("deadlineMs", options.deadlineMs ?? sessionTimeoutMs);
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new CoterieError("BAD_ARGUMENTS", `signal is ${shownOf(signal)}, and has to be an AbortSignal`);
  }
  if (signal?.aborted === true) throw aborted(signal);
  const channel = createClientChannel({ ...options, addresses, clock });
  const session = createSession(channel, { clock, ...(chroot === undefined ? {} : { chroot }) });
  const late = (): CoterieError => unreachable(channel, deadlineMs);
  const connected = untilConnected(session, { signal, clock, deadlineMs, late });
  // Whoever has given the clock decides what keeps the process alive.
  await (options.clock === undefined ? keepAlive(connected) : connected);
  return session;
}

function aborted(signal: AbortSignal): CoterieError {
  return new CoterieError("ABORTED", "Connecting was aborted.", { cause: signal.reason });
}

function unreachable(channel: ClientChannel, deadlineMs: number): CoterieError {
  const troubles = channel.troubles();
  const lines = troubles.map(({ address, reason }) => `${address}: ${reason?.message ?? "no answer yet"}`);
  const reasons = troubles.flatMap(({ reason }) => (reason === null ? [] : [reason]));
  const message = `No server has given a session within ${deadlineMs} ms. ${lines.join(" | ")}`;
  return new CoterieError("UNREACHABLE", message, { cause: new AggregateError(reasons) });
}
