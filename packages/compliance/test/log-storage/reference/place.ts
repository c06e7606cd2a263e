import { CoterieError, type LogPosition, type Zxid } from "@coterie/interface";
import type { LogStorageFixture } from "../../../src/log-storage/fixture.ts";
import { ReferenceStorage } from "./reference-storage.ts";
import { lastOf, type Stored } from "./stored.ts";

/** A medium that keeps what it is given, and the harm that can be done to it. */
export class Place {
  stored: Stored | null = null;
  /** What stands twice: how far the log has reached. */
  watermark: LogPosition | null = null;
  damagedPages: ReadonlySet<number> = new Set();
  tornTailCount = 0;
  isFormatUnknown = false;
  failure: "STORE_FULL" | "STORE_FAILED" | null = null;
  /** Who has it open. */
  user: ReferenceStorage | null = null;

  /** Makes `next` durable, or fails. */
  keep(next: Stored): void {
    if (this.failure !== null) throw new CoterieError(this.failure);
    this.stored = next;
    this.watermark = lastOf(next);
  }

  /** What a power failure leaves. */
  left(): Place {
    const left = new Place();
    left.stored = this.stored;
    left.watermark = this.watermark;
    left.damagedPages = this.damagedPages;
    return left;
  }

  hurt(change: (stored: Stored) => Partial<Stored>): void {
    if (this.stored === null) throw new Error("there is nothing to hurt");
    this.stored = { ...this.stored, ...change(this.stored) };
  }
}

function unreadable(stored: Stored, ...zxids: readonly Zxid[]): Partial<Stored> {
  return { unreadable: new Set([...stored.unreadable, ...zxids]) };
}

/** A fixture with every ability there is, over the reference or a mutant of it. */
export function createReferenceFixture(
  createStore: (place: Place) => ReferenceStorage = (place) => new ReferenceStorage(place),
): LogStorageFixture<Place> {
  return {
    supports: { durable: true },
    createPlace: async () => new Place(),
    createStore,
    removePlace: async () => undefined,
    crash: async (place, store) => {
      (store as ReferenceStorage).cutOff();
      return place.left();
    },
    damages: {
      // As a stored record may hold several, the next entry is hit as well.
      entry: async (place, zxid) =>
        place.hurt((stored) => {
          const next = stored.entries.find((entry) => entry.zxid > zxid);
          return unreadable(stored, zxid, next?.zxid ?? zxid);
        }),
      page: async (place, index) => void (place.damagedPages = new Set([index])),
      // Each stored value names the entry that it is, so that one in the wrong place is one that cannot be read.
      swappedEntries: async (place, one, other) => place.hurt((stored) => unreadable(stored, one, other)),
      lostEnd: async (place) => place.hurt((stored) => ({ entries: stored.entries.slice(0, -1) })),
      tornTail: async (place) => void (place.tornTailCount = 1),
      unknownFormat: async (place) => void (place.isFormatUnknown = true),
      brokenMedium: async (place, isFull) => void (place.failure = isFull ? "STORE_FULL" : "STORE_FAILED"),
      mendedMedium: async (place) => void (place.failure = null),
    },
  };
}
