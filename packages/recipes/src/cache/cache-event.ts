import type { CoterieError } from "@coterie/interface";
import type { Znode } from "@coterie/session";

/** What has changed in a cache. It is in the cache before it is told. */
export type CacheEvent =
  | { readonly kind: "added"; readonly path: string; readonly name: string; readonly znode: Znode }
  /** The data was set anew, if to the same: its `stat.mzxid` is larger than that of `previous`. */
  | {
      readonly kind: "changed";
      readonly path: string;
      readonly name: string;
      readonly znode: Znode;
      readonly previous: Znode;
    }
  /** One that was deleted and created again, be it unseen, is removed and added: their `stat.czxid` differ. */
  | { readonly kind: "removed"; readonly path: string; readonly name: string; readonly previous: Znode }
  /** This session may not read it; so it is not, or no longer, in the cache, which goes on without it. Told once each. */
  | { readonly kind: "denied"; readonly path: string; readonly name: string; readonly error: CoterieError }
  /** Everything that was there at the start is in the cache, and has been told. */
  | { readonly kind: "initialised" }
  /**
   * What has come before, if anything, does not matter any more: there is this now. It comes first where the cache had begun
   * before the reader, and in place of what was dropped because more waited than may. Where the cache is initialised, that is
   * told right behind it, also anew.
   */
  | { readonly kind: "reset"; readonly entries: ReadonlyMap<string, Znode> };
