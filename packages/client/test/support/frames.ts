import {
  type ConnectRequest,
  type ConnectResponse,
  JuteReader,
  JuteWriter,
  type ProbeAnswer,
  PROTOCOL_VERSION_COTERIE,
  readConnectRequest,
  readRequest,
  type Request,
  type ResponseBody,
  writeConnectResponse,
  writeProbeAnswer,
  writeReplyHeader,
  writeResponse,
  XID_GOODBYE,
  XID_PROBE,
  XID_NOTIFICATION,
} from "@coterie/protocol";

/** What servers send, and what they read. */

export const SESSION = 0x0100_0000_0000_0007n;
export const PASSWORD: Uint8Array = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

export function connectFrame(response: Partial<ConnectResponse> = {}): Uint8Array {
  const writer = new JuteWriter();
  writeConnectResponse(writer, {
    protocolVersion: 0,
    timeoutMs: 9_000,
    sessionId: SESSION,
    password: PASSWORD,
    readOnly: false,
    ...response,
  });
  return writer.copy();
}

/** What a peer of Coterie's answers otherwise than Apache ZooKeeper. */
export const FROM_COTERIE = { protocolVersion: PROTOCOL_VERSION_COTERIE } as const;
export const GOODBYE_FRAME: Uint8Array = replyFrame(XID_GOODBYE, null);

/** The answer to a probe. */
export function probedFrame(answer: ProbeAnswer): Uint8Array {
  const writer = new JuteWriter();
  writeReplyHeader(writer, { xid: XID_PROBE, zxid: 0, err: 0 });
  writeProbeAnswer(writer, answer);
  return writer.copy();
}

export const EXPIRED_FRAME: Uint8Array = connectFrame({ timeoutMs: 0, sessionId: 0n, password: new Uint8Array(16) });

export function replyFrame(xid: number, body: ResponseBody | null, given: { zxid?: number; err?: number } = {}) {
  const writer = new JuteWriter();
  writeResponse(writer, { xid, zxid: given.zxid ?? 0, err: given.err ?? 0, body });
  return writer.copy();
}

export function eventFrame(eventType: number, path: string, zxid: number): Uint8Array {
  return replyFrame(XID_NOTIFICATION, { kind: "notification", eventType, state: 3, path }, { zxid });
}

export function readConnect(frame: Uint8Array): ConnectRequest {
  return readConnectRequest(new JuteReader(frame));
}

export function readSent(frame: Uint8Array): Request {
  return readRequest(new JuteReader(frame));
}
