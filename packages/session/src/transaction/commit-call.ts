import { codeOfWire, type ErrorCode } from "@coterie/interface";
import type { MultiRequest, MultiResponse, MultiResult } from "@coterie/protocol";
import { Wait, type WaitRoom } from "../call/wait.ts";
import type { ChannelCall, ChannelReply } from "../channel.ts";
import type { Chroot } from "../path/chroot.ts";
import { statOf } from "../records/stat-of.ts";
import type { TransactionResult } from "../session.ts";
import type { PlannedOp } from "./builder.ts";

const WIRE_SUCCESS = 0;

/**
 * A multi and its promise. That an operation has failed is told by a list of results, which comes with the code of the
 * failure or, as on ZooKeeper's wire, without one: before the operation that failed stand zeros, behind it
 * RUNTIME_INCONSISTENCY (client-protocol 5).
 */
export class CommitCall extends Wait<TransactionResult[]> implements ChannelCall {
  readonly body: MultiRequest;
  private readonly chroot: Chroot;
  private readonly planned: readonly PlannedOp[];

  constructor(
    room: WaitRoom,
    chroot: Chroot,
    planned: readonly PlannedOp[],
    resolve: (results: TransactionResult[]) => void,
    reject: (error: Error) => void,
  ) {
    super(room, undefined, resolve, reject);
    this.chroot = chroot;
    this.planned = planned;
    this.body = { kind: "multi", ops: planned.map(({ op }) => op) };
  }

  settle({ code, body, reason }: ChannelReply): void {
    const results = (body as MultiResponse | null)?.results ?? [];
    const index = failedIndex(results);
    if (index >= 0) this.failAt(index, failedCode(results[index]), reason);
    else if (code !== null) this.fail(this.errorOf(code, undefined, reason));
    else this.succeed(results.map((result) => this.resultOf(result)));
  }

  private failAt(index: number, code: ErrorCode, reason: unknown): void {
    this.fail(this.errorOf(code, this.planned[index]?.path, reason, index));
  }

  private resultOf(result: MultiResult): TransactionResult {
    switch (result.kind) {
      case "create":
        return { kind: "create", path: this.ownPath(result.path), stat: null };
      case "create2":
      case "createContainer":
      case "createTTL":
        return { kind: "create", path: this.ownPath(result.path), stat: statOf(result.stat) };
      case "setData":
        return { kind: "set", stat: statOf(result.stat) };
      case "delete":
        return { kind: "delete" };
      default:
        // Reads and errors do not stand in the answer to a multi that has succeeded.
        return { kind: "check" };
    }
  }

  private ownPath(full: string): string {
    return this.chroot.toOwn(full) ?? full;
  }
}

/** -1 if none has failed. */
function failedIndex(results: readonly MultiResult[]): number {
  const first = results.findIndex((result) => result.kind === "error" && result.err !== WIRE_SUCCESS);
  return first >= 0 ? first : results.findIndex((result) => result.kind === "error");
}

function failedCode(result: MultiResult | undefined): ErrorCode {
  return (result?.kind === "error" ? codeOfWire(result.err) : undefined) ?? "SYSTEM_ERROR";
}
