import { CoterieError } from "@coterie/interface";
import type { RequestBody, ResponseBody } from "@coterie/protocol";
import type { ChannelCall, ChannelReply } from "../channel.ts";
import { callError } from "./call-error.ts";
import { Wait, type WaitRoom } from "./wait.ts";

/** Makes of an answer what the application gets; `path` is its own. What it throws, the call rejects with. */
export type ReadAnswer<Body extends ResponseBody, Result> = (body: Body, path: string) => Result;

/** A request, and the promise that its reply settles. */
export class PendingCall<Body extends ResponseBody, Result> extends Wait<Result> implements ChannelCall {
  readonly body: RequestBody;
  private readonly read: ReadAnswer<Body, Result>;

  constructor(
    room: WaitRoom,
    path: string | undefined,
    body: RequestBody,
    read: ReadAnswer<Body, Result>,
    resolve: (result: Result) => void,
    reject: (error: Error) => void,
  ) {
    super(room, path, resolve, reject);
    this.body = body;
    this.read = read;
  }

  settle(reply: ChannelReply): void {
    if (!this.isOpen) return;
    if (reply.code !== null) return this.refused(reply);
    try {
      // A channel answers each request with a body of its kind.
      this.succeed(this.read(reply.body as Body, this.path ?? "/"));
    } catch (error) {
      this.fail(error instanceof CoterieError ? error : callError("SYSTEM_ERROR", this.path, error));
    }
  }

  protected refused({ code, reason }: ChannelReply): void {
    if (code !== null) this.fail(this.errorOf(code, this.path, reason));
  }
}
