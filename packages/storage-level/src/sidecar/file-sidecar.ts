import { CoterieError } from "@coterie/interface";
import { LEVEL_STORE_FORMAT } from "../format/store-format.ts";
import { NODE_FILES, type SidecarFile, type SidecarFiles } from "./files.ts";
import type { Sidecar, SidecarContent, SidecarReading } from "./sidecar.ts";
import { encodeSlot, readSlots, SLOT_BYTES, SLOT_COUNT } from "./slots.ts";

export interface FileSidecarOptions {
  /** The file; its directory is made with it. */
  readonly path: string;
  /** Of the store that it stands beside; an older version refuses one that it does not know. @default that of one without a journal */
  readonly format?: number;
  /** @default Node.js's own file system */
  readonly files?: SidecarFiles;
}

/**
 * A sidecar in a file of two slots: a write goes to the older one, so that a crash in it leaves the newer one as it is.
 */
export function createFileSidecar({ path, format, files = NODE_FILES }: FileSidecarOptions): Sidecar {
  return new FileSidecar(path, format ?? LEVEL_STORE_FORMAT, files);
}

class FileSidecar implements Sidecar {
  readonly name: string;
  private readonly path: string;
  private readonly format: number;
  private readonly files: SidecarFiles;
  private file: SidecarFile | null = null;
  /** The number of the newest slot, whether its write succeeded or not; null before anything was read. */
  private number: number | null = null;
  /** Where the newest slot stands. */
  private index = 0;

  constructor(path: string, format: number, files: SidecarFiles) {
    this.path = path;
    this.format = format;
    this.files = files;
    this.name = `the sidecar ${path}`;
  }

  async read(): Promise<SidecarReading> {
    const file = await this.files.read(this.path, SLOT_BYTES * SLOT_COUNT);
    if (file === null) return { kind: "missing" };
    const { reading, newest } = readSlots(file);
    this.number = newest?.number ?? 0;
    this.index = newest === null ? 0 : indexOf(file, newest.number);
    return reading;
  }

  async create(content: SidecarContent): Promise<void> {
    const file = Buffer.alloc(SLOT_BYTES * SLOT_COUNT);
    file.set(encodeSlot({ number: 1, content }, this.format));
    try {
      await this.files.create(this.path, file);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const advice = "somebody else has created the store meanwhile: open it anew";
      throw new CoterieError("STORE_LOCKED", `${this.name} is there already: ${advice}`, { cause: error });
    }
    this.number = 1;
    this.index = 0;
  }

  async write(content: SidecarContent): Promise<void> {
    // The sidecar of a store that has lost it is made anew.
    if ((await this.newestNumber()) === null) return this.create(content);
    const number = (this.number ?? 0) + 1;
    const index = (this.index + 1) % SLOT_COUNT;
    this.file ??= await this.files.open(this.path);
    await this.file.write(encodeSlot({ number, content }, this.format), index * SLOT_BYTES);
    this.number = number;
    this.index = index;
  }

  private async newestNumber(): Promise<number | null> {
    if (this.number === null) await this.read();
    return this.number;
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    this.number = null;
    await file?.close().catch(() => undefined);
  }
}

function indexOf(file: Uint8Array, number: number): number {
  for (let index = 0; index < SLOT_COUNT; index++) {
    const { newest } = readSlots(file.subarray(index * SLOT_BYTES, (index + 1) * SLOT_BYTES));
    if (newest?.number === number) return index;
  }
  return 0;
}
