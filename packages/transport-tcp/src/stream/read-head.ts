import type { Duplex } from "node:stream";

/**
 * Reads until at least `sizeBytes` are there, and hands over all that has come; or null if the stream ends before. Who is
 * called back takes the stream over in the same turn, or ends it. Nothing is heard after calling the result.
 */
export function readHead(
  stream: Duplex,
  head: Uint8Array | null,
  sizeBytes: number,
  then: (head: Uint8Array | null) => void,
): () => void {
  if (head !== null && head.length >= sizeBytes) {
    then(head);
    return () => undefined;
  }
  let read: Uint8Array = head ?? new Uint8Array(0);
  const stop = (): void => {
    stream.off("data", onData);
    stream.off("end", onEnd);
    stream.off("close", onEnd);
  };
  const onData = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    if (read.length < sizeBytes) return;
    stop();
    then(read);
  };
  const onEnd = (): void => {
    stop();
    then(null);
  };
  stream.on("end", onEnd);
  stream.on("close", onEnd);
  stream.on("data", onData);
  return stop;
}
