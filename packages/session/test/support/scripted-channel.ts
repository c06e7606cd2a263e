import { type CoterieError, type ErrorCode, SESSION_NONE, type SessionId } from "@coterie/interface";
import type { AuthRequest, RequestBody, ResponseBody, Stat } from "@coterie/protocol";
import type {
  ChannelCall,
  ChannelHandler,
  ChannelReply,
  ChannelState,
  SessionChannel,
  SessionSupports,
} from "../../src/index.ts";

interface Asked {
  readonly body: RequestBody;
  settle(reply: ChannelReply): void;
}

/** A channel that does nothing by itself: the test says what is answered, and when. */
export class ScriptedChannel implements SessionChannel {
  supports: SessionSupports = { kind: "in-process", linearizable: true, bounded: true };
  sessionId: SessionId = 0x1_0000_0001n as SessionId;
  timeoutMs = 10_000;
  state: ChannelState = "connected";
  stale: number | null = 0;
  /** Everything that was ever asked for, in order. */
  readonly sent: RequestBody[] = [];
  /** Those that were submitted, in order. */
  readonly calls: ChannelCall[] = [];
  readonly left: ("close" | "detach")[] = [];
  /** What is submitted waits here, and is not sent. */
  isHolding = false;
  private readonly waiting: Asked[] = [];
  private opened: ChannelHandler | null = null;

  get handler(): ChannelHandler {
    if (this.opened === null) throw new Error("the channel was not opened");
    return this.opened;
  }

  /** Asked for and not answered. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  open(handler: ChannelHandler): void {
    if (this.opened !== null) throw new Error("the channel was opened twice");
    this.opened = handler;
  }

  submit(call: ChannelCall): void {
    this.sent.push(call.body);
    this.calls.push(call);
    this.waiting.push(call);
    if (!this.isHolding) call.sent?.();
  }

  authenticate(body: AuthRequest, settle: (reply: ChannelReply) => void): void {
    this.sent.push(body);
    this.waiting.push({ body, settle });
  }

  staleMs(): number | null {
    return this.stale;
  }

  close(): void {
    this.left.push("close");
  }

  detach(): void {
    this.left.push("detach");
  }

  /** Answers what has waited longest. */
  answer(body: ResponseBody): void {
    this.next().settle({ zxid: 1, code: null, body });
  }

  refuse(code: ErrorCode, reason?: CoterieError, body: ResponseBody | null = null): void {
    this.next().settle({ zxid: 0, code, body, ...(reason === undefined ? {} : { reason }) });
  }

  /** An event of the ensemble; `eventType` as on the wire. */
  tell(eventType: number, path: string, zxid: number = 7): void {
    this.handler.watchEvent({ kind: "notification", eventType, state: 3, path }, zxid);
  }

  become(state: ChannelState, reason: CoterieError | null = null): void {
    this.state = state;
    this.handler.stateChanged(state, reason);
  }

  private next(): Asked {
    const asked = this.waiting.shift();
    if (asked === undefined) throw new Error("nothing waits for an answer");
    return asked;
  }
}

export function wireStat(overrides: Partial<Stat> = {}): Stat {
  return {
    czxid: 1,
    mzxid: 2,
    pzxid: 3,
    ctime: 4,
    mtime: 5,
    version: 6,
    cversion: 7,
    aversion: 8,
    ephemeralOwner: SESSION_NONE,
    dataLength: 9,
    numChildren: 10,
    ...overrides,
  };
}
