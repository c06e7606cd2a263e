import { Restore } from "../../../packages/core/src/index.ts";
import type { RestoreTarget } from "../../../packages/interface/src/index.ts";
import { decodedOrRefused } from "../refused.ts";

const TARGET = { zxid: 1, digest: "0" } as unknown as RestoreTarget;

/** Any bytes as a page of a checkpoint, alone and twice: a tree is built of it, or it is refused. */
export function fuzz(input: Uint8Array): void {
  const page = new Uint8Array(input);
  for (const pages of [[page], [page, page]]) {
    decodedOrRefused("CHECKPOINT_CORRUPT", () => {
      const restore = new Restore();
      for (const one of pages) restore.addPage(one);
      return restore.finish(TARGET);
    });
  }
}
