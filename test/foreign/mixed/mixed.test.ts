import { connect } from "@coterie/client";
import { createMutex } from "@coterie/recipes";
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
const ROUNDS = 15;
const transport = createTcpTransport();

describeForeign("a lock of Curator's, kazoo's and Coterie's", missing, () => {
  const { servers, curator } = useBothServers(new URL("Contender.java", import.meta.url));

  it.each(servers)("lets one of them in at a time, with $name", async ({ addresses }) => {
    const session = await connect(addresses(), { transport, sessionTimeoutMs: 30_000 });
    await session.create("/mixed/counter", "0", { parents: true });
    const together = startTogether(3);
    const [kazoo, java, own] = await Promise.all([
      runProgram(python(new URL("contender.py", import.meta.url), [addresses(), String(ROUNDS)], together.input)),
      runProgram(curator().with([addresses(), String(ROUNDS)], together.input)),
      together.ready().then(() => contend(session)),
    ]);
    const said = `rounds ${ROUNDS}, overlaps 0`;
    expect([kazoo, withoutLog(java), own]).toEqual([`ready\n${said}\n`, `ready\n${said}\n`, said]);
    expect((await session.get("/mixed/counter")).text()).toBe(String(3 * ROUNDS));
    expect(await createMutex(session, "/mixed/lock").contenders()).toEqual([]);
    await session.close();
  });
});

/** As the two foreign programs do. */
async function contend(session: Session): Promise<string> {
  let overlaps = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const hold = await createMutex(session, "/mixed/lock").acquire();
    try {
      await session.create("/mixed/inside", null, { mode: "ephemeral" });
      const count = Number((await session.get("/mixed/counter")).text());
      await hold
        .guard(session.transaction())
        .set("/mixed/counter", String(count + 1))
        .commit();
      await session.delete("/mixed/inside");
    } catch {
      overlaps += 1;
    } finally {
      await hold.release();
    }
  }
  return `rounds ${ROUNDS}, overlaps ${overlaps}`;
}

/** Nobody begins before all are ready. */
function startTogether(count: number): { ready(): Promise<void>; readonly input: readonly InputPiece[] } {
  let readyCount = 0;
  const waiting: (() => void)[] = [];
  const ready = (): Promise<void> => {
    readyCount += 1;
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (readyCount === count) for (const go of waiting) go();
    });
  };
  const go = async (): Promise<string> => {
    await ready();
    return "go\n";
  };
  return { ready, input: [{ text: "", until: "ready" }, { text: go }] };
}
