import { afterEach, describe, expect, it, vi } from "vitest";
import { Pace } from "../../src/transport/pace.ts";
import { collectCases } from "./support/collect.ts";

afterEach(() => vi.restoreAllMocks());

/** How often a wait in vain looks before it fails. */
async function looksInVain(pace: Pace): Promise<number> {
  let looks = 0;
  const isMet = (): boolean => {
    looks += 1;
    return false;
  };
  await expect(pace.until(isMet, "rain")).rejects.toThrow("waited in vain: rain");
  return looks;
}

describe("a wait in vain", () => {
  it("ends with its time", async () => {
    let nowMs = 0;
    // Each look at the clock takes 10 ms, and the first 300 turns pass without one.
    vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 10));
    expect(await looksInVain(new Pace(undefined, 1000))).toBe(300 + 100 + 1);
    expect(await looksInVain(new Pace(undefined))).toBe(300 + 200 + 1);
  });

  it("does not end before something could happen, however slow the machine", async () => {
    expect(await looksInVain(new Pace(undefined, 0))).toBe(300 + 2);
  });

  it("ends with its turns where the fixture makes them", async () => {
    let turns = 0;
    const turn = async (): Promise<void> => void (turns += 1);
    expect([await looksInVain(new Pace({ turn, turnsMax: 7 }, 0)), turns]).toEqual([9, 7]);
  });

  it("says in a case of the kit what was waited for, at once where the fixture wants it so", async () => {
    const stuck = {
      supports: { identity: false, zookeeperFraming: false },
      listen: async (address: string) => ({ address, close: async () => undefined }),
      dial: () => ({
        sendQueueBytes: 0,
        send: () => true,
        pause: () => undefined,
        resume: () => undefined,
        close: () => undefined,
        abort: () => undefined,
      }),
    };
    const [first] = collectCases({
      supports: stuck.supports,
      createSite: async () => ({ listening: stuck, dialing: stuck }),
      removeSite: async () => undefined,
      createAddress: () => "somewhere",
      unusableAddress: "nowhere",
      waitMaxMs: 0,
    }).filter(({ rule }) => rule.startsWith("`close` sends what was taken over"));
    await expect(first!.run()).rejects.toThrow("waited in vain: both ends hear opened");
  });
});
