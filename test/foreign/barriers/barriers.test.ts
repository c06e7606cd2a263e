import { connect } from "@coterie/client";
import { type BarrierEntry, createBarrier, createCounter, createDoubleBarrier } from "@coterie/recipes";
import type { Session } from "@coterie/session";
import { createTcpTransport } from "@coterie/transport-tcp";
import { expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { useBothServers } from "../both-servers.ts";
import { isCuratorInstalled, withoutLog } from "../curator/curator.ts";
import { isKazooInstalled, python } from "../kazoo/kazoo.ts";
import { type InputPiece, runProgram } from "../run-program.ts";

const isInstalled = isCuratorInstalled() && isKazooInstalled();
const missing = isInstalled ? undefined : "Debian's python3-kazoo, libcurator-recipes-java and ecj are not installed";
const COUNT = 30;
const transport = createTcpTransport();

describeForeign("counters and barriers of Curator's, kazoo's and Coterie's", missing, () => {
  const { servers, curator } = useBothServers(new URL("BarrierScenario.java", import.meta.url));

  it.each(servers)("count, wait, begin and end together, with $name", async ({ addresses }) => {
    const session = await connect(addresses(), { transport, sessionTimeoutMs: 30_000 });
    const gate = createBarrier(session, "/foreign/gate");
    await gate.set();
    const text = createCounter(session, "/foreign/text");
    const int64 = createCounter(session, "/foreign/int64", { format: "int64" });
    const counting: Promise<unknown>[] = [];
    const begin = async (): Promise<string> => {
      if (counting.length === 0) for (let at = 0; at < COUNT; at++) counting.push(text.add(1), int64.add(1));
      return "";
    };
    const counted = together(2, async () => {
      await Promise.all(counting);
      await gate.remove();
    });
    const kazooInput: InputPiece[] = [
      { text: "", until: "ready" },
      { text: begin, until: "counted" },
      { text: counted, until: "gate" },
    ];
    const curatorInput: InputPiece[] = [
      { text: "", until: "ready" },
      { text: begin, until: "counted" },
      { text: counted, until: "gate" },
      ...beginAndEnd(session),
    ];
    const [kazoo, java] = await Promise.all([
      runProgram(python(new URL("barriers.py", import.meta.url), [addresses(), String(COUNT)], kazooInput)),
      runProgram(curator().with([addresses(), String(COUNT)], curatorInput)),
    ]);
    expect(kazoo).toBe("ready\ncounted\nthrough the gate\n");
    const rounds = [1, 2].flatMap((round) =>
      ["entering", "entered", "leaving", "left"].map((did) => `${did} ${round}`),
    );
    expect(withoutLog(java)).toBe(["ready", "counted, 0 failures", "through the gate", ...rounds, ""].join("\n"));
    expect([await text.get(), await int64.get()]).toEqual([2 * COUNT, 2 * COUNT]);
    await session.close();
  });
});

/** In the first round Curator comes last, and leaves last; in the second one first. */
function beginAndEnd(session: Session): readonly InputPiece[] {
  let first: Promise<BarrierEntry>;
  let isIn = false;
  let left: Promise<void>;
  let hasLeft = false;
  const enter = (round: number): Promise<BarrierEntry> =>
    createDoubleBarrier(session, `/foreign/round-${round}`, { participants: 2 }).enter();
  const step =
    (work: () => Promise<void>): (() => Promise<string>) =>
    async () => {
      await work();
      return "go\n";
    };
  return [
    {
      text: step(async () => {
        first = enter(1);
        void first.then(() => (isIn = true));
        await session.sync();
        expect(isIn).toBe(false);
      }),
      until: "entered 1",
    },
    {
      text: step(async () => {
        left = (await first).leave();
        void left.then(() => (hasLeft = true));
        await session.sync();
        expect(hasLeft).toBe(false);
      }),
      until: "left 1",
    },
    { text: step(() => left), until: "entering 2" },
    {
      text: step(async () => {
        first = enter(2);
        await first;
      }),
      until: "leaving 2",
    },
    { text: step(async () => (await first).leave()), until: "left 2" },
  ];
}

/** `work` is done when it was asked for so often. */
function together(count: number, work: () => Promise<void>): () => Promise<string> {
  let asked = 0;
  let done = (): void => undefined;
  const whole = new Promise<void>((resolve) => (done = resolve)).then(work);
  return async () => {
    asked += 1;
    if (asked === count) done();
    await whole;
    return "";
  };
}
