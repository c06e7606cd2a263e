import { CoterieError } from "@coterie/interface";

/** Why a connection is given up, or a session: what people read of it. */

export function unexpected(what: string, cause?: unknown): CoterieError {
  return new CoterieError("MARSHALLING_ERROR", `It did not keep to the protocol: ${what}.`, { cause });
}

export function lostConnection(address: string, cause: CoterieError): CoterieError {
  return new CoterieError("CONNECTION_LOSS", `The connection to ${address} is lost: ${cause.message}`, { cause });
}

export function serverLeaves(address: string): CoterieError {
  const message = `The server at ${address} stops. What it has not answered goes to another one.`;
  return new CoterieError("CONNECTION_LOSS", message);
}

export function dialTooSlow(): CoterieError {
  return new CoterieError("UNREACHABLE", "It did not answer in time.");
}

export function silentServer(timeoutMs: number): CoterieError {
  const message = `Nothing was heard for two thirds of the session's timeout of ${timeoutMs} ms.`;
  return new CoterieError("UNREACHABLE", message);
}

export function unansweredProbe(): CoterieError {
  return new CoterieError("UNREACHABLE", "It was asked whether it is there, and did not answer in time.");
}

export function refusedIdentity(): CoterieError {
  return new CoterieError("AUTH_FAILED", "It refused an identity of this session that another server had taken.");
}

export function expiredByServer(): CoterieError {
  return new CoterieError("SESSION_EXPIRED", "The server says that the session has expired.");
}

export function expiredHere(timeoutMs: number): CoterieError {
  const message = `No server has answered for ${timeoutMs} ms, the session's timeout: it may have expired.`;
  return new CoterieError("SESSION_EXPIRED", message);
}

/** For what is asked of a session that has come to its end at this end. */
export function endedHere(): CoterieError {
  return new CoterieError("SESSION_EXPIRED", "The session was closed, or given up, at this end.");
}

export function readOnlyNotice(address: string): CoterieError {
  return new CoterieError(
    "NOT_READ_ONLY",
    `${address} is in read-only mode: reads may be old, and writes are refused.`,
  );
}
