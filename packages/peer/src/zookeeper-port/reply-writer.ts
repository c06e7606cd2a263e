import { type ErrorCode, wireOfCode } from "@coterie/interface";
import {
  type ConnectResponse,
  JuteWriter,
  PASSWORD_SIZE_BYTES,
  type ResponseBody,
  type WatcherEvent,
  writeConnectResponse,
  writeReplyHeader,
  writeResponseBody,
  XID_NOTIFICATION,
} from "@coterie/protocol";
import type { ServedSession } from "../serving/serving.ts";
import { CHUNK_SIZE_BYTES } from "./port-options.ts";

const PROTOCOL_VERSION = 0;

/**
 * Makes frames, many in one chunk, which is never written again where a frame stands. An event that many connections hear
 * is written once.
 */
export class ReplyWriter {
  private readonly writer = new JuteWriter({ capacityBytes: CHUNK_SIZE_BYTES });
  private lastEvent: WatcherEvent | null = null;
  private lastEventZxid = 0;
  private lastEventFrame: Uint8Array = new Uint8Array(0);

  /** `readOnly` is the byte to send: null if the client did not send one. */
  connected({ id, timeoutMs, password }: ServedSession, readOnly: boolean | null): Uint8Array {
    return this.connectResponse({ protocolVersion: PROTOCOL_VERSION, timeoutMs, sessionId: id, password, readOnly });
  }

  /** There is no such session. */
  expired(readOnly: boolean | null): Uint8Array {
    const password = new Uint8Array(PASSWORD_SIZE_BYTES);
    return this.connectResponse({ protocolVersion: PROTOCOL_VERSION, timeoutMs: 0, sessionId: 0n, password, readOnly });
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

  private connectResponse(response: ConnectResponse): Uint8Array {
    const start = this.begin();
    writeConnectResponse(this.writer, response);
    return this.writer.viewFrom(start);
  }

  /** Where the next frame stands: in another chunk if this one is about full. */
  private begin(): number {
    if (this.writer.size >= CHUNK_SIZE_BYTES - CHUNK_SIZE_BYTES / 16) this.writer.take();
    return this.writer.size;
  }
}
