import { type ErrorCode, SESSION_NONE, wireOfCode } from "@coterie/interface";
import {
  type ConnectResponse,
  JuteWriter,
  PASSWORD_SIZE_BYTES,
  type ProbeAnswer,
  PROTOCOL_VERSION_COTERIE,
  type ResponseBody,
  type WatcherEvent,
  writeConnectResponse,
  writeProbeAnswer,
  writeReplyHeader,
  writeResponseBody,
  XID_GOODBYE,
  XID_NOTIFICATION,
  XID_PROBE,
} from "@coterie/protocol";
import type { ServedSession } from "../serving/serving.ts";
import { CHUNK_SIZE_BYTES } from "./port-options.ts";

const PROTOCOL_VERSION_ZOOKEEPER = 0;

/** What a client has shown of itself in its connect request, by which it is answered. */
export interface Asker {
  /** A client of Coterie's: it hears that this is a peer of Coterie's. */
  readonly isCoterie: boolean;
  /** Whether it has sent the read-only byte: it gets one back then. */
  readonly hasReadOnlyByte: boolean;
}

/**
 * Makes frames, many in one chunk, which is never written again where a frame stands. An event that many connections hear
 * is written once.
 */
export class ReplyWriter {
  private readonly writer = new JuteWriter({ capacityBytes: CHUNK_SIZE_BYTES });
  private lastEvent: WatcherEvent | null = null;
  private lastEventZxid = 0;
  private lastEventFrame: Uint8Array = new Uint8Array(0);

  connected({ id: sessionId, timeoutMs, password }: ServedSession, asker: Asker): Uint8Array {
    return this.connectResponse({ timeoutMs, sessionId, password }, asker);
  }

  /** There is no such session. */
  expired(asker: Asker): Uint8Array {
    return this.connectResponse(
      { timeoutMs: 0, sessionId: SESSION_NONE, password: new Uint8Array(PASSWORD_SIZE_BYTES) },
      asker,
    );
  }

  /** This peer goes, and has taken nothing that it has not answered. */
  goodbye(): Uint8Array {
    return this.reply(XID_GOODBYE, 0, null, null);
  }

  probed(answer: ProbeAnswer): Uint8Array {
    const { writer } = this;
    const start = this.begin();
    writeReplyHeader(writer, { xid: XID_PROBE, zxid: 0, err: 0 });
    writeProbeAnswer(writer, answer);
    return writer.viewFrom(start);
  }

  reply(xid: number, zxid: number, code: ErrorCode | null, body: ResponseBody | null): Uint8Array {
    const { writer } = this;
    const start = this.begin();
    writeReplyHeader(writer, { xid, zxid, err: code === null ? 0 : wireOfCode(code) });
    if (body !== null) writeResponseBody(writer, body);
    return writer.viewFrom(start);
  }

  notification(event: WatcherEvent, zxid: number): Uint8Array {
    if (event !== this.lastEvent || zxid !== this.lastEventZxid) {
      this.lastEvent = event;
      this.lastEventZxid = zxid;
      this.lastEventFrame = this.reply(XID_NOTIFICATION, zxid, null, event);
    }
    return this.lastEventFrame;
  }

  private connectResponse(
    session: Pick<ConnectResponse, "timeoutMs" | "sessionId" | "password">,
    { isCoterie, hasReadOnlyByte }: Asker,
  ): Uint8Array {
    const protocolVersion = isCoterie ? PROTOCOL_VERSION_COTERIE : PROTOCOL_VERSION_ZOOKEEPER;
    const start = this.begin();
    writeConnectResponse(this.writer, { ...session, protocolVersion, readOnly: hasReadOnlyByte ? false : null });
    return this.writer.viewFrom(start);
  }

  /** Where the next frame stands: in another chunk if this one is about full. */
  private begin(): number {
    if (this.writer.size >= CHUNK_SIZE_BYTES - CHUNK_SIZE_BYTES / 16) this.writer.take();
    return this.writer.size;
  }
}
