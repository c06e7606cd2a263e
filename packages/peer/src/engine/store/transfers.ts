import type { Effect, Input } from "@coterie/consensus";
import { type CheckpointReader, CoterieError, type LogStorage } from "@coterie/interface";

type ReadPages = Extract<Effect, { readonly kind: "read-pages" }>;

export interface TransfersHost {
  readonly storage: Pick<LogStorage, "openCheckpoint">;
  arrive(input: Extract<Input, { readonly kind: "checkpoint-opened" | "pages-read" }>): void;
  /** A page of the stored checkpoint cannot be read. */
  damaged(error: CoterieError): void;
  failed(error: unknown): void;
}

/** Checkpoints that this peer, the leader, sends to learners: open readers, by transfer. */
export class Transfers {
  private readonly host: TransfersHost;
  /** Null while it opens. */
  private readonly readers = new Map<number, CheckpointReader | null>();

  constructor(host: TransfersHost) {
    this.host = host;
  }

  open(transfer: number): void {
    const { host, readers } = this;
    readers.set(transfer, null);
    host.storage.openCheckpoint().then(
      (reader) => {
        // It may have been given up meanwhile.
        if (!readers.has(transfer)) {
          void reader?.close();
          return;
        }
        if (reader === null) readers.delete(transfer);
        else readers.set(transfer, reader);
        host.arrive({ kind: "checkpoint-opened", transfer, checkpoint: reader?.checkpoint ?? null });
      },
      (error: unknown) => host.failed(error),
    );
  }

  read({ transfer, first, sizeMaxBytes }: ReadPages): void {
    const { host, readers } = this;
    const reader = readers.get(transfer) ?? null;
    if (reader === null) return;
    const answer = (pages: readonly Uint8Array[] | null): void => {
      if (readers.get(transfer) === reader) host.arrive({ kind: "pages-read", transfer, pages });
    };
    reader.read(first, sizeMaxBytes).then(answer, (error: unknown) => {
      if (!(error instanceof CoterieError) || error.code !== "STORE_CORRUPT") {
        // Of a reader that was closed meanwhile nothing is wanted.
        if (readers.get(transfer) === reader) host.failed(error);
        return;
      }
      host.damaged(error);
      answer(null);
    });
  }

  close(transfer: number): void {
    const reader = this.readers.get(transfer) ?? null;
    this.readers.delete(transfer);
    void reader?.close();
  }
}
