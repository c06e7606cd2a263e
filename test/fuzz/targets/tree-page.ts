import { Restore } from "../../../packages/core/src/index.ts";
import { CoterieError, type RestoreTarget } from "../../../packages/interface/src/index.ts";
import { accepted, type Outcome, refused, sizeClass } from "../outcome.ts";

/**
 * Any bytes as a page of a checkpoint, alone and twice: a tree is built of it, or it is refused. The digest is made good, as if a
 * writer had gone wrong.
 */
export function fuzz(input: Uint8Array): Outcome {
  const page = new Uint8Array(input);
  restore([page, page], "0");
  const refusal = restore([page], "0");
  const digest = refusal === null ? "0" : /amount to digest ([0-9a-f]+)/.exec(refusal)?.[1];
  const end = digest === undefined || digest === "0" ? refusal : restore([page], digest);
  return end === null ? accepted(`a tree of ${sizeClass(page.length)} bytes`) : refused(end);
}

/** Null, or why it is refused. */
function restore(pages: readonly Uint8Array[], digest: string): string | null {
  try {
    const state = new Restore();
    for (const one of pages) state.addPage(one);
    state.finish({ zxid: 1, digest } as unknown as RestoreTarget);
    return null;
  } catch (error) {
    if (error instanceof CoterieError && error.code === "CHECKPOINT_CORRUPT") return error.message;
    throw error;
  }
}
