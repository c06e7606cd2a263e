import { describe, expect, it } from "vitest";
import { PagesLane } from "../../src/engine/store/pages-lane.ts";

/** A store whose answers are given by hand, and what the lane tells. */
function createLane(): { readonly lane: PagesLane; readonly said: string[]; answer(): Promise<void> } {
  const said: string[] = [];
  const open: (() => void)[] = [];
  const ask = (what: string): Promise<void> => {
    said.push(what);
    return new Promise((resolve) => open.push(resolve));
  };
  const lane = new PagesLane({
    storage: { addPages: (pages) => ask(`add ${pages.length}`), dropPages: () => ask("drop") },
    isPurging: () => false,
    pagesAdded: (isOwn, draft) =>
      said.push(`added ${isOwn ? "own" : "another's"}${draft === lane.draft ? "" : ", late"}`),
    failed: (error) => said.push(String(error)),
  });
  const answer = async (): Promise<void> => {
    open.shift()!();
    await Promise.resolve();
  };
  return { lane, said, answer };
}

const pages = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(1));

describe("the lane of a store's draft", () => {
  it("does one thing at a time, in order", async () => {
    const { lane, said, answer } = createLane();
    lane.drop();
    lane.add(pages(2), false);
    lane.add(pages(3), false);
    await answer();
    await answer();
    await answer();
    expect(said).toEqual(["drop", "add 2", "added another's", "add 3", "added another's"]);
  });

  it("takes nothing that was added to a draft for what was asked of the next, whose pages are not there yet", async () => {
    const { lane, said, answer } = createLane();
    lane.add(pages(2), false);
    lane.add(pages(9), false);
    lane.drop();
    lane.add(pages(3), false);
    await answer();
    expect(said).toEqual(["add 2", "added another's, late", "drop"]);
    await answer();
    await answer();
    expect(said.slice(3)).toEqual(["add 3", "added another's"]);
  });

  it("answers for pages of its own although they are given up", async () => {
    const { lane, said, answer } = createLane();
    lane.add(pages(1), false);
    lane.add(pages(2), true);
    lane.drop();
    for (let count = 0; count < 3; count++) await answer();
    expect(said).toEqual(["add 1", "added another's, late", "add 2", "added own, late", "drop"]);
  });
});
