import { type Random, randomBelow } from "@coterie/interface";
import type { Image } from "./disk.ts";

export const TARGETS = ["journal", "journal's end", "WAL", "table", "MANIFEST", "CURRENT", "sidecar"] as const;
export const DAMAGES = ["a bit flipped", "cut", "lost", "swapped"] as const;
/** What may become of a file that is found by its name, and whose length says nothing. */
export const SEGMENT_DAMAGES = ["renamed", "doubled", "made longer"] as const;
/** All files of a folder, from a copy that was made before, beside what is there now of the others. */
export const FOLDERS = ["all of the journal", "all of the database"] as const;
type FileTarget = (typeof TARGETS)[number];
export type Target = FileTarget | (typeof FOLDERS)[number];
type FileDamage = (typeof DAMAGES)[number] | (typeof SEGMENT_DAMAGES)[number];
export type Damage = FileDamage | "older";

export const ALL_DAMAGES: readonly (readonly [Target, Damage])[] = [
  ...TARGETS.flatMap((target) => DAMAGES.map((damage) => [target, damage] as const)),
  ...SEGMENT_DAMAGES.flatMap((damage) => (["journal", "journal's end"] as const).map((one) => [one, damage] as const)),
  ...FOLDERS.map((target) => [target, "older"] as const),
];

const SEGMENT = /\/log\/[0-9a-f-]+\.segment$/;
const PATTERNS: Readonly<Record<Target, RegExp>> = {
  "all of the journal": /\/log\//,
  "all of the database": /\/db\//,
  journal: SEGMENT,
  "journal's end": SEGMENT,
  WAL: /\/\d+\.log$/,
  table: /\/\d+\.ldb$/,
  MANIFEST: /\/MANIFEST-\d+$/,
  CURRENT: /\/CURRENT$/,
  sidecar: /\/sidecar$/,
};

/** Null if there is nothing of that sort, or nothing in it. `older` is what the disk held at some time before. */
export function damaged(image: Image, target: Target, damage: Damage, older: Image, random: Random): Image | null {
  if (damage === "older") return withOlder(image, target, older);
  return withHurtFile(image, target, damage, older, random);
}

function withOlder(image: Image, target: Target, older: Image): Image | null {
  const pattern = PATTERNS[target];
  const files = [...older].filter(([path]) => pattern.test(path));
  if (files.length === 0) return null;
  return new Map([...[...image].filter(([path]) => !pattern.test(path)), ...files]);
}

/** One file is hurt. */
function withHurtFile(image: Image, target: Target, damage: FileDamage, older: Image, random: Random): Image | null {
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
    case "renamed":
      next.delete(path);
      return next.set(otherName(path, random), bytes);
    case "doubled":
      return next.set(otherName(path, random), bytes);
    case "made longer":
      return next.set(path, Buffer.concat([bytes, bytes.subarray(0, randomBelow(random, sizeBytes))]));
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

/** Of a segment: the same number or another one, and other chance. */
function otherName(path: string, random: Random): string {
  const number = path.match(/([0-9a-f]{8})-[0-9a-f]{8}\.segment$/)![1]!;
  const hex = (value: number): string => value.toString(16).padStart(8, "0");
  const other = randomBelow(random, 2) === 0 ? number : hex(randomBelow(random, 16));
  return path.replace(/[0-9a-f]{8}-[0-9a-f]{8}\.segment$/, `${other}-${hex(randomBelow(random, 2 ** 32))}.segment`);
}

/** What was made ahead and is not written yet, nobody would miss. */
function usedBytes(bytes: Buffer): number {
  return bytes.findLastIndex((byte) => byte !== 0) + 1;
}
