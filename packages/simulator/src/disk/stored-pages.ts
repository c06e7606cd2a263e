import type { CheckpointMark, StoredCheckpoint } from "@coterie/interface";

/** A checkpoint with its pages; never changed once it is made, so that readers pin it by holding it. */
export interface StoredPages {
  readonly stored: StoredCheckpoint;
  readonly pages: readonly Uint8Array[];
  /** Indices of pages that are damaged. */
  readonly damaged: ReadonlySet<number>;
}

/** As it reads when some of its pages cannot be read any more. Readers that have it open keep theirs. */
export function damagePages(from: StoredPages, indices: readonly number[]): StoredPages {
  return { ...from, damaged: new Set([...from.damaged, ...indices]) };
}

export function markPages(mark: CheckpointMark, draft: readonly Uint8Array[], before: StoredPages | null): StoredPages {
  const { zxid, chainHash, digest } = mark;
  const draftSizeBytes = draft.reduce((sum, page) => sum + page.length, 0);
  const isDelta = mark.kind === "delta" && before !== null;
  const pages = isDelta ? [...before.pages, ...draft] : [...draft];
  return {
    stored: {
      zxid,
      chainHash,
      digest,
      pageCount: pages.length,
      baseSizeBytes: isDelta ? before.stored.baseSizeBytes : draftSizeBytes,
      deltasSizeBytes: isDelta ? before.stored.deltasSizeBytes + draftSizeBytes : 0,
    },
    pages,
    damaged: isDelta ? before.damaged : new Set(),
  };
}
