import { describe, expect, it } from "vitest";
import { failingStorage } from "./failing-storage.mjs";
import { Failpoint } from "./failpoint.mjs";

type LogStorage = Parameters<typeof failingStorage>[0];

/** One that says where it would have died. */
class Witness extends Failpoint {
  readonly deaths: string[] = [];
  said = "";

  override die(): void {
    this.deaths.push(this.said);
  }
}

/** Only what is asked here. */
function storageOf(witness: Witness): LogStorage {
  const write = async (): Promise<void> => {
    witness.said = "begun";
    await new Promise((resolve) => setTimeout(resolve, 1));
    witness.said = "durable";
  };
  return { write } as unknown as LogStorage;
}

const ENTRY = { append: [{}], committed: 1 } as unknown as Parameters<LogStorage["write"]>[0];

describe("a failpoint", () => {
  it.each([
    ["append:before 1", ""],
    ["append:during 1", "begun"],
    ["append:after 1", "durable"],
  ])("%s is reached when the store has %s", async (text, where) => {
    const witness = new Witness(text);
    await failingStorage(storageOf(witness), witness).write(ENTRY);
    expect(witness.deaths).toEqual([where]);
  });

  it("counts how often it is reached, and dies once", async () => {
    const witness = new Witness("append:before 2");
    const storage = failingStorage(storageOf(witness), witness);
    for (const deaths of [[], ["durable"], ["durable"]]) {
      await storage.write(ENTRY);
      expect(witness.deaths).toEqual(deaths);
    }
  });

  it("is not reached by what is something else, nor when it is not armed any more", async () => {
    const witness = new Witness("truncate:after 1");
    const storage = failingStorage(storageOf(witness), witness);
    await storage.write(ENTRY);
    witness.arm("");
    await storage.write({ ...ENTRY, truncateAfter: 0 as never });
    expect(witness.deaths).toEqual([]);
  });
});
