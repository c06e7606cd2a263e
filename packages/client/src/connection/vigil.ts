import type { CoterieError } from "@coterie/interface";
import {
  type JuteReader,
  JuteWriter,
  OPCODES,
  readProbeAnswer,
  readReplyHeader,
  readResponse,
  writeRequest,
  XID_PING,
  XID_PROBE,
  ZXID_UNPROVEN,
} from "@coterie/protocol";
import { Probe } from "./probe.ts";
import { Pulse } from "./pulse.ts";
import { silentServer, unansweredProbe, unexpected } from "./reasons.ts";

const PING_FRAME = frameOf(XID_PING);
const PROBE_FRAME = frameOf(XID_PROBE);

function frameOf(xid: number): Uint8Array {
  const writer = new JuteWriter({ capacityBytes: 8 });
  writeRequest(writer, { xid, body: { kind: "ping" } });
  return writer.copy();
}

/** Keeps the session alive on a connection, and sees whether its server is: pings for the one, probes and pings for the other. */
export class Vigil {
  private readonly pulse: Pulse;
  private readonly probe = new Probe();

  constructor(isKept: boolean) {
    this.pulse = new Pulse(isKept);
  }

  /** What was granted; 0 before the first connection. */
  get timeoutMs(): number {
    return this.pulse.timeoutMs;
  }

  /** `askedMs`: when the session was asked for. */
  connected(granted: { timeoutMs: number; askedMs: number; isCoterie: boolean }, nowMs: number): void {
    this.pulse.connected(granted.timeoutMs, granted.askedMs, nowMs);
    this.probe.connected(granted.isCoterie && !this.pulse.isKept, nowMs);
  }

  heard(nowMs: number): void {
    this.pulse.heard(nowMs);
  }

  /** @throws CoterieError if there was no ping */
  pingAnswered(reader: JuteReader, nowMs: number): void {
    const { zxid } = readResponse(reader, OPCODES.ping);
    if (!this.pulse.pingAnswered(zxid !== ZXID_UNPROVEN, nowMs))
      throw unexpected("a ping was answered that was not sent");
  }

  /** @throws CoterieError if there was no probe */
  probeAnswered(reader: JuteReader, nowMs: number): void {
    readReplyHeader(reader);
    if (!this.probe.answered(readProbeAnswer(reader), nowMs))
      throw unexpected("a probe was answered that was not sent");
  }

  /** When to `look`. */
  dueAtMs(isChoked: boolean): number {
    const { pulse, probe } = this;
    return Math.min(pulse.pingAtMs(), pulse.cutAtMs(), probe.askAtMs(), this.silentAtMs(isChoked));
  }

  /** Frames to send, or why the connection, which has been up since `sinceMs`, is to be given up. */
  look(isChoked: boolean, sinceMs: number, nowMs: number): Uint8Array[] | CoterieError {
    const { pulse, probe } = this;
    if (nowMs >= pulse.cutAtMs()) return silentServer(pulse.timeoutMs);
    if (nowMs >= this.silentAtMs(isChoked)) {
      probe.unanswered(nowMs - sinceMs);
      return unansweredProbe();
    }
    const frames: Uint8Array[] = [];
    if (nowMs >= probe.askAtMs()) {
      probe.sent(nowMs);
      frames.push(PROBE_FRAME);
    }
    if (nowMs < pulse.pingAtMs()) return frames;
    if (pulse.isKept) pulse.answered(nowMs);
    else {
      pulse.pinged(nowMs);
      frames.push(PING_FRAME);
    }
    return frames;
  }

  lostAtMs(isOpen: boolean): number {
    return this.pulse.lostAtMs(isOpen);
  }

  /** The probe may not have left yet while the transport is full. */
  private silentAtMs(isChoked: boolean): number {
    return isChoked ? Infinity : this.probe.silentAtMs(this.pulse.lastHeardMs);
  }
}
