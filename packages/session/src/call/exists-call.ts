import type { ExistsResponse } from "@coterie/protocol";
import type { ChannelReply } from "../channel.ts";
import type { Stat } from "../stat.ts";
import { PendingCall } from "./pending-call.ts";

/** That there is no such znode is an answer. */
export class ExistsCall extends PendingCall<ExistsResponse, Stat | null> {
  protected override refused(reply: ChannelReply): void {
    if (reply.code === "NO_NODE") this.succeed(null);
    else super.refused(reply);
  }
}
