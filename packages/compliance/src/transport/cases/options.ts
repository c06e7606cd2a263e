import type { ConnectionOptions } from "@coterie/interface";
import { check, checkEqual, checkRejects, checkThrows } from "../../runner/check.ts";
import { Recorder } from "../recorder.ts";
import { OPTIONS, type TransportGroup } from "../world.ts";

type OptionName = keyof ConnectionOptions;

/** Out of range, or of no type that has one: from a variable that is not set, say. */
const BAD_VALUES: Readonly<Record<OptionName, readonly unknown[]>> = {
  frameSizeMaxBytes: [0, -1, Number.NaN, undefined, null, "1000"],
  sendQueueTargetBytes: [-1, Number.NaN, undefined, null, "1000"],
};

/** Options of which one is none, each with that one's name. */
function badOptions(): { name: OptionName; options: ConnectionOptions; shown: string }[] {
  return (Object.keys(BAD_VALUES) as OptionName[]).flatMap((name) =>
    BAD_VALUES[name].map((value) => ({
      name,
      options: { ...OPTIONS, [name]: value } as ConnectionOptions,
      shown: `${name} ${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
    })),
  );
}

export const OPTION_CHECKS: TransportGroup = {
  name: "options",
  cases: [
    {
      rule: "`listen` rejects with `BAD_ARGUMENTS` for an option that is none; the message names it",
      needs: [],
      async run(world) {
        const address = world.fixture.createAddress(world.site);
        for (const { name, options, shown } of badOptions()) {
          const error = await checkRejects(
            async () => world.listenAt(address, options),
            ["BAD_ARGUMENTS"],
            `listen with ${shown}`,
          );
          check(error.message.includes(name), `the message for ${shown} names the option: ${error.message}`);
        }
        await world.enter(await world.listenAt(address));
      },
    },
    {
      rule: "`dial` throws `BAD_ARGUMENTS` for an option that is none; the message names it",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const handler = new Recorder("a dial that was refused", world.watch);
        for (const { name, options, shown } of badOptions()) {
          const error = checkThrows(
            () => world.site.dialing.dial(inn.address, handler, options).abort(),
            "BAD_ARGUMENTS",
            `dial with ${shown}`,
          );
          check(error.message.includes(name), `the message for ${shown} names the option: ${error.message}`);
        }
        await world.quiet();
        checkEqual(handler.heard, [], "what handlers of dials that threw have heard");
        checkEqual([inn.accepted.length, inn.refused.length], [0, 0], "what came in of dials that threw");
      },
    },
  ],
};
