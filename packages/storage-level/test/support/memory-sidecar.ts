import { CoterieError } from "@coterie/interface";
import type { Sidecar, SidecarContent, SidecarReading } from "@coterie/storage-level";

/** A second copy in memory, which a test can look at, replace, lose and make fail. */
export class MemorySidecar implements Sidecar {
  readonly name = "the second copy";
  content: SidecarReading = { kind: "missing" };
  /** All that was written, in order. */
  readonly written: SidecarContent[] = [];
  failure: Error | null = null;
  /** Called before each write. */
  onWrite: () => void = () => undefined;

  async read(): Promise<SidecarReading> {
    return this.content;
  }

  async create(content: SidecarContent): Promise<void> {
    if (this.content.kind !== "missing") throw new CoterieError("STORE_LOCKED");
    await this.write(content);
  }

  async write(content: SidecarContent): Promise<void> {
    this.onWrite();
    if (this.failure !== null) throw this.failure;
    this.written.push(content);
    this.content = content;
  }

  async close(): Promise<void> {
    this.closed++;
  }

  closed = 0;
}
