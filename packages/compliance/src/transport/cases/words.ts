import { check, checkEqual } from "../../runner/check.ts";
import { createRecord } from "../records.ts";
import { checkClosedWith, type TransportGroup } from "../world.ts";

const LISTED = { fourLetterWords: ["ruok", "srvr"] };

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "ascii"));
}

export const WORDS: TransportGroup = {
  name: "four letter words",
  cases: [
    {
      rule: "`fourLetterWords`: it opens with `ConnectionInfo.fourLetterWord`",
      needs: ["raw"],
      async run(world) {
        const { address, accepted } = await world.listen(LISTED);
        const atOnce = await world.raw(address);
        atOnce.write(ascii("srvr"));
        await world.until(() => accepted[0]?.isOpened === true, "a word opens a connection");
        const inPieces = await world.raw(address);
        for (const letter of "ruok") {
          inPieces.write(ascii(letter));
          await world.pace.rest();
        }
        await world.until(() => accepted[1]?.isOpened === true, "a word in pieces opens a connection");
        const words = accepted.map(({ info }) => info?.fourLetterWord);
        checkEqual(words, ["srvr", "ruok"], "the words that the connections began with");
      },
    },
    {
      rule: "`fourLetterWords`: `send` writes bytes without a length",
      needs: ["raw"],
      async run(world) {
        const { address } = await world.listen(LISTED, (end) => {
          end.reactions.opened = () => {
            end.send(ascii("im"));
            end.send(ascii("ok"));
            end.close();
          };
        });
        const raw = await world.raw(address);
        raw.write(ascii("ruok"));
        await world.until(() => raw.isEnded, "the answer ends");
        checkEqual(raw.received, ascii("imok"), "the answer");
      },
    },
    {
      rule: "`fourLetterWords`: nothing is received",
      needs: ["raw"],
      async run(world) {
        const { address, accepted } = await world.listen(LISTED);
        const raw = await world.raw(address);
        raw.write(ascii("ruok\n"));
        await world.until(() => accepted[0]?.isOpened === true, "the word opens a connection");
        raw.write(Uint8Array.of(0, 0, 0, 1, 7));
        await world.quiet();
        checkEqual(accepted[0]!.heard, ["opened"], "what was heard");
      },
    },
    {
      rule: "`fourLetterWords`: a connection whose first four bytes are none of them carries frames",
      needs: ["raw"],
      async run(world) {
        const inn = await world.listen(LISTED);
        const near = world.dial(inn.address);
        await world.until(() => near.isOpened, "the dial opens");
        near.send(createRecord(1, 50));
        await world.until(() => (inn.accepted[0]?.receivedBytes ?? 0) > 0, "a frame arrives");
        checkEqual(inn.accepted[0]?.info?.fourLetterWord, null, "its word");
        // The letters of a word count at the beginning only.
        near.send(ascii("ruok"));
        await world.until(() => inn.accepted[0]!.copies.length > 1, "a frame of four letters arrives");
        checkEqual(inn.accepted[0]!.copies[1], ascii("ruok"), "its bytes");
      },
    },
    {
      rule: "`fourLetterWords`: default none; letters that are no word are a length",
      needs: ["raw"],
      async run(world) {
        for (const options of [{}, LISTED]) {
          const { address, accepted } = await world.listen(options);
          const raw = await world.raw(address);
          raw.write(ascii(options === LISTED ? "mntr" : "ruok"));
          await world.until(() => accepted[0]?.isClosed === true, "the connection is closed");
          checkClosedWith(accepted[0]!, ["FRAME_TOO_LARGE"]);
          check(accepted[0]!.info?.fourLetterWord === null, "it did not open with a word");
        }
      },
    },
  ],
};
