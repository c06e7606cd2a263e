import { CoterieError } from "@coterie/interface";
import type { MultiOp } from "@coterie/protocol";
import { checkCall, CREATE, VERSION_IN_TRANSACTION } from "../call/check-call.ts";
import { pathError } from "../path/check-path.ts";
import type { Chroot } from "../path/chroot.ts";
import { createBodyOf } from "../records/create-body.ts";
import { bytesOf } from "../records/data.ts";
import { versionOf } from "../records/version.ts";
import type { CallOptions, CreateOptions, Data, Transaction, TransactionResult } from "../session.ts";

const NO_PARENTS = "stands in a transaction, where parents are created by operations of their own";

/** One operation, as the application and as the server knows its path. */
export interface PlannedOp {
  readonly path: string;
  readonly op: MultiOp;
}

export type Commit = (ops: readonly PlannedOp[], options: CallOptions | undefined) => Promise<TransactionResult[]>;

/**
 * Gathers what a transaction does. Arguments are checked and data is copied at once, but what is wrong with them is told by
 * `commit`, as everything else that fails: nothing is sent then.
 */
export function createTransaction(chroot: Chroot, commit: Commit): Transaction {
  return new TransactionBuilder(chroot, commit);
}

class TransactionBuilder implements Transaction {
  private readonly chroot: Chroot;
  private readonly send: Commit;
  private readonly ops: PlannedOp[] = [];
  private fault: CoterieError | null = null;
  private isCommitted = false;

  constructor(chroot: Chroot, send: Commit) {
    this.chroot = chroot;
    this.send = send;
  }

  create(
    path: string,
    data: Data | null = null,
    options: Omit<CreateOptions, "parents" | keyof CallOptions> = {},
  ): Transaction {
    return this.add(path, () => {
      checkCall("create in a transaction", options, CREATE);
      if ((options as CreateOptions).parents === true) throw pathError(path, NO_PARENTS);
      return createBodyOf(this.chroot, path, data, options);
    });
  }

  set(path: string, data: Data | null, options: { readonly version?: number } = {}): Transaction {
    return this.add(path, () => {
      checkCall("set", options, VERSION_IN_TRANSACTION);
      return {
        kind: "setData",
        path: this.chroot.toFull(path),
        data: bytesOf(data),
        version: versionOf(options.version),
      };
    });
  }

  delete(path: string, options: { readonly version?: number } = {}): Transaction {
    return this.add(path, () => {
      checkCall("delete", options, VERSION_IN_TRANSACTION);
      return {
        kind: "delete",
        path: this.chroot.toFullDeletable(path),
        version: versionOf(options.version),
      };
    });
  }

  check(path: string, version?: number): Transaction {
    return this.add(path, () => ({ kind: "check", path: this.chroot.toFull(path), version: versionOf(version) }));
  }

  // Not async: the operations have to be sent before the call returns.
  commit(options?: CallOptions): Promise<TransactionResult[]> {
    if (this.isCommitted) return Promise.reject(committedError());
    this.isCommitted = true;
    if (this.fault !== null) return Promise.reject(this.fault);
    return this.send(this.ops, options);
  }

  private add(path: string, make: () => MultiOp): Transaction {
    if (this.isCommitted) throw committedError();
    if (this.fault !== null) return this;
    try {
      this.ops.push({ path, op: make() });
    } catch (cause) {
      if (!(cause instanceof CoterieError)) throw cause;
      const { code, message } = cause;
      this.fault = new CoterieError(code, message, { path, index: this.ops.length, cause });
    }
    return this;
  }
}

function committedError(): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", "this transaction was committed: ask the session for another one");
}
