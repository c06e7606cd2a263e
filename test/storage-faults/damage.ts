import { type Random, randomBelow } from "@coterie/interface";
import type { Image } from "./disk.ts";

export const TARGETS = ["journal", "journal's end", "WAL", "table", "MANIFEST", "CURRENT", "sidecar"] as const;
export const DAMAGES = ["a bit flipped", "cut", "lost", "swapped"] as const;
export type Target = (typeof TARGETS)[number];
export type Damage = (typeof DAMAGES)[number];

const SEGMENT = /\/log\/[0-9a-f-]+\.segment$/;
const PATTERNS: Readonly<Record<Target, RegExp>> = {
  journal: SEGMENT,
  "journal's end": SEGMENT,
  WAL: /\/\d+\.log$/,
  table: /\/\d+\.ldb$/,
  MANIFEST: /\/MANIFEST-\d+$/,
  CURRENT: /\/CURRENT$/,
  sidecar: /\/sidecar$/,
};

/** One file is hurt. Null if there is none of that sort, or nothing in it. `older` is what the disk held at some time before. */
export function damaged(image: Image, target: Target, damage: Damage, older: Image, random: Random): Image | null {
  const paths = [...image.keys()]
    .filter((path) => PATTERNS[target].test(path) && usedBytes(image.get(path)!) > 0)
    .sort();
  if (paths.length === 0) return null;
  const path = target === "journal's end" ? paths.at(-1)! : paths[randomBelow(random, paths.length)]!;
  const bytes = image.get(path)!;
  const sizeBytes = usedBytes(bytes);
  const next = new Map(image);
  switch (damage) {
    case "a bit flipped": {
      const flipped = Buffer.from(bytes);
      const at = randomBelow(random, sizeBytes);
      flipped[at] = flipped[at]! ^ (1 << randomBelow(random, 8));
      return next.set(path, flipped);
    }
    case "cut":
      return next.set(path, bytes.subarray(0, randomBelow(random, sizeBytes)));
    case "lost":
      next.delete(path);
      return next;
    case "swapped": {
      // With another file of its sort, or with what the same one was before.
      const others = [...older].filter(([name]) => PATTERNS[target].test(name));
      const other = [...others, ...paths.map((name) => [name, image.get(name)!] as const)];
      const different = other.filter(([, content]) => Buffer.compare(content, bytes) !== 0);
      if (different.length === 0) return null;
      return next.set(path, different[randomBelow(random, different.length)]![1]);
    }
  }
}

/** What was made ahead and is not written yet, nobody would miss. */
function usedBytes(bytes: Buffer): number {
  return bytes.findLastIndex((byte) => byte !== 0) + 1;
}
