import { expect, it } from "vitest";
import { type SessionSetting, World } from "./world.ts";

/** A case with a world of its own, which is cleared whatever comes of the case. */
export function caseOf(setting: SessionSetting, name: string, run: (world: World) => Promise<void>): void {
  it(name, async () => {
    expect.hasAssertions();
    const world = new World(setting);
    try {
      await run(world);
    } finally {
      await world.end();
    }
  });
}
