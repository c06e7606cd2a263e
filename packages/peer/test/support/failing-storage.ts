import type { CheckpointReader, LogStorage } from "@coterie/interface";

type Call = Exclude<keyof LogStorage, "supports" | "close" | "open">;

/** A store of which single calls can be made to fail, once each, or to wait. */
export function createFailingStorage(inner: LogStorage): LogStorage & { failNext(call: Call, error: Error): void } {
  const failures = new Map<Call, Error>();
  const failed = (call: Call): Promise<never> | null => {
    const error = failures.get(call);
    return error !== undefined && failures.delete(call) ? Promise.reject(error) : null;
  };
  return {
    supports: inner.supports,
    failNext: (call, error) => void failures.set(call, error),
    open: () => inner.open(),
    write: (batch) => failed("write") ?? inner.write(batch),
    read: (range, sizeMaxBytes) => failed("read") ?? inner.read(range, sizeMaxBytes),
    purge: (upTo) => failed("purge") ?? inner.purge(upTo),
    addPages: (pages) => failed("addPages") ?? inner.addPages(pages),
    dropPages: () => failed("dropPages") ?? inner.dropPages(),
    openCheckpoint: (): Promise<CheckpointReader | null> => failed("openCheckpoint") ?? inner.openCheckpoint(),
    close: () => inner.close(),
  };
}
