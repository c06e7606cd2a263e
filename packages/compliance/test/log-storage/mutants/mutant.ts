import { LOG_STORAGE_GROUPS } from "../../../src/log-storage/cases.ts";
import { abilitiesOf } from "../../../src/log-storage/fixture.ts";
import { LogWorld } from "../../../src/log-storage/world.ts";
import { createReferenceFixture, type Place } from "../reference/place.ts";
import type { ReferenceStorage } from "../reference/reference-storage.ts";

/** The reference with one mistake. */
export interface Mutant {
  readonly mistake: string;
  /** How the rules begin that the mistake breaks, the one that names it first. */
  readonly breaks: readonly string[];
  /** Whether rules that build on those break as well. */
  readonly andMore: boolean;
  readonly store: new (place: Place) => ReferenceStorage;
}

export function mutant(mistake: string, breaks: readonly string[], store: Mutant["store"]): Mutant {
  return { mistake, breaks, andMore: false, store };
}

/** A mistake so broad that many cases stumble over it; the one that names it must be among them. */
export function broadMutant(mistake: string, breaks: string, store: Mutant["store"]): Mutant {
  return { mistake, breaks: [breaks], andMore: true, store };
}

/** The rules that a mutant breaks, in the order of the suite. Without the large cases, unless they are what it is about. */
export async function brokenRules({ store: Store, breaks }: Mutant): Promise<string[]> {
  const fixture = createReferenceFixture((place) => new Store(place));
  const abilities = abilitiesOf(fixture);
  const broken: string[] = [];
  for (const { name, cases } of LOG_STORAGE_GROUPS) {
    for (const { rule, needs, run } of cases) {
      if (name === "LOG_LIMITS" && !breaks.some((start) => rule.startsWith(start))) continue;
      if (!needs.every((need) => abilities.has(need))) throw new Error(`the reference cannot do ${needs.join()}`);
      if (await fails(run, await LogWorld.create(fixture))) broken.push(rule);
    }
  }
  return broken;
}

async function fails(run: (world: LogWorld) => Promise<void>, world: LogWorld): Promise<boolean> {
  try {
    await run(world);
    return false;
  } catch {
    return true;
  } finally {
    await world.remove();
  }
}
