import { connect } from "@coterie/client";
import {
  createDiscovery,
  createGroup,
  type Discovery,
  type Group,
  type Member,
  type Registration,
  type ServiceInstance,
  uriOf,
} from "@coterie/recipes";
import { createTcpTransport } from "@coterie/transport-tcp";
import { expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { useBothServers } from "../both-servers.ts";
import { isCuratorInstalled, withoutLog } from "../curator/curator.ts";
import { isKazooInstalled, python } from "../kazoo/kazoo.ts";
import { type InputPiece, runProgram } from "../run-program.ts";
import { discoveryJars } from "./discovery-jars.ts";

const jars = discoveryJars();
const isInstalled = isCuratorInstalled() && isKazooInstalled() && jars.some((path) => path.includes("x-discovery"));
const missing = isInstalled
  ? undefined
  : "mvn -f test/foreign/discovery/pom.xml dependency:copy-dependencies was not run, or Debian's packages are missing";
const transport = createTcpTransport();

describeForeign("service discovery and groups of Curator's, kazoo's and Coterie's", missing, () => {
  const { servers, curator } = useBothServers(new URL("Discovery.java", import.meta.url), jars);

  it.each(servers)("sees what Curator registers, and Curator sees ours, with $name", async ({ addresses }) => {
    const session = await connect(addresses(), { transport, sessionTimeoutMs: 30_000 });
    const discovery = createDiscovery(session, "/mixed/services");
    const registrations = await registerOurs(discovery);
    const changes = discovery.view("theirs").changes();
    const input: readonly InputPiece[] = [
      { text: "", until: "ready" },
      { text: "register\n", until: "done: register" },
      {
        text: async () => {
          for (const id of ["", "text", "map", "list", "own", "long", "none"]) {
            const change = (await changes.next()).value;
            expect(change).toMatchObject(id === "" ? { kind: "initialised" } : { kind: "added", instance: { id } });
          }
          expect((await discovery.instances("theirs")).map(shownInstance).toSorted()).toEqual(THEIRS);
          return "update\n";
        },
        until: "done: update",
      },
      {
        text: async () => {
          const instance = expect.objectContaining({ id: "text", payload: "changed" });
          const previous = expect.objectContaining({ id: "text", payload: "hello" });
          expect((await changes.next()).value).toEqual({ kind: "changed", instance, previous });
          return "unregister\n";
        },
        until: "done: unregister",
      },
      {
        text: async () => {
          expect((await changes.next()).value).toMatchObject({ kind: "removed", instance: { id: "text" } });
          return "find\n";
        },
        until: "done: find",
      },
      {
        text: async () => {
          await registrations[0]!.update({ port: 8_081 });
          return "cached\n";
        },
        until: "done: cached",
      },
      { text: "provided\n", until: "done: provided" },
    ];
    const said = withoutLog(await runProgram(curator().with([addresses()], input))).split("\n");
    const changed = OURS.map((line) => line.replaceAll("8080", "8081"));
    expect(said).toEqual([
      "ready",
      "done: register",
      "done: update",
      "done: unregister",
      ...OURS,
      "services [ours, theirs]",
      "done: find",
      ...changed,
      "done: cached",
      ...changed.filter((line) => line.includes("| enabled |")),
      "done: provided",
      "",
    ]);
    await session.close();
  });

  it.each(servers)("has members of all three in one group, with $name", async ({ addresses }) => {
    const session = await connect(addresses(), { transport, sessionTimeoutMs: 30_000 });
    const group = createGroup(session, "/mixed/group");
    const membership = await group.join({ data: "from Coterie" });
    const isJoined = membersOf(group, 2);
    const isWhole = membersOf(group, 3);
    const seen = { python: once(), java: once() };
    const [kazoo, java] = await Promise.all([
      runProgram(
        python(
          new URL("party.py", import.meta.url),
          [addresses()],
          [
            { text: "", until: "ready" },
            { text: "join\n", until: "done: join" },
            { text: () => isWhole.then(() => "members\n"), until: "done: members" },
            { text: () => seen.python.done().then(() => seen.java.promise) },
          ],
        ),
      ),
      runProgram(
        curator().with(
          [addresses()],
          [
            { text: "", until: "ready" },
            { text: () => isJoined.then(() => "join\n"), until: "done: join" },
            { text: "members\n", until: "done: members" },
            { text: () => seen.java.done().then(() => seen.python.promise) },
          ],
        ),
      ),
    ]);
    expect(kazoo).toBe("ready\ndone: join\nparty ['from Coterie', 'from Python'], 3 of them all\ndone: members\n");
    const all = ["ID__party__ says from Coterie", "ID__party__ says from Python", "java says from Java"];
    const named = withoutLog(java)
      .replaceAll(/[0-9a-f]{32}/g, "ID")
      .split("\n");
    expect(named.filter((line) => line.includes(" says ")).toSorted()).toEqual(all);
    const members = (await isWhole).map(({ id, data }) => `${id.replace(/[0-9a-f]{32}/, "ID")} says ${data}`);
    expect(members.toSorted()).toEqual(all);
    await membership.release();
    await session.close();
  });
});

const URI = "https://10.0.0.1:443";

const THEIRS = [
  `list [1,"b"] java.util.ArrayList DYNAMIC true ${URI}/{list}`,
  `long 5 java.lang.Long DYNAMIC_SEQUENTIAL true ${URI}/{long}`,
  `map {"zone":"a"} java.util.TreeMap DYNAMIC true ${URI}/{map}`,
  `none null null PERMANENT false ${URI}/{none}`,
  `own {"zone":"a","load":0.5} Discovery$Load DYNAMIC true ${URI}/{own}`,
  `text "hello" null DYNAMIC true ${URI}/{text}`,
];

function shownInstance(instance: ServiceInstance): string {
  const { id, payload, payloadClass, serviceType, enabled } = instance;
  return `${id} ${JSON.stringify(payload)} ${payloadClass} ${serviceType} ${enabled} ${uriOf(instance)}`;
}

const OURS = [
  "array | null | null | java.util.ArrayList | [1, b] | DYNAMIC | enabled | ",
  "none | null | null | null | null | DYNAMIC | enabled | ",
  "number | 10.0.0.2 | 8080 | java.lang.Integer | 5 | DYNAMIC | enabled | http://10.0.0.2:8080/{number}",
  "object | null | null | java.util.LinkedHashMap | {zone=a, sizes=[1]} | DYNAMIC | enabled | ",
  "own | null | null | Discovery$Load | b 0.25 | DYNAMIC | enabled | ",
  "sequential | null | null | null | null | DYNAMIC_SEQUENTIAL | enabled | ",
  "text | null | null | java.lang.String | hello | DYNAMIC | disabled | ",
];

async function registerOurs(discovery: Discovery): Promise<readonly Registration[]> {
  const uriSpec = "{scheme}://{address}:{port}/{[}{id}{]}";
  const name = "ours";
  return [
    await discovery.register({ name, id: "number", address: "10.0.0.2", port: 8_080, payload: 5, uriSpec }),
    await discovery.register({ name, id: "text", payload: "hello", enabled: false }),
    await discovery.register({ name, id: "object", payload: { zone: "a", sizes: [1] } }),
    await discovery.register({ name, id: "array", payload: [1, "b"] }),
    await discovery.register({ name, id: "own", payload: { zone: "b", load: 0.25 }, payloadClass: "Discovery$Load" }),
    await discovery.register({ name, id: "none" }),
    await discovery.register({ name, id: "sequential", serviceType: "DYNAMIC_SEQUENTIAL" }),
  ];
}

/** Once there are so many. */
async function membersOf(group: Group, count: number): Promise<readonly Member[]> {
  const view = group.view();
  for await (const _change of view.changes()) if (view.members.length === count) break;
  await view.close();
  return view.members;
}

/** Something that has been done; what is written then is nothing. */
function once(): { readonly promise: Promise<string>; done(): Promise<void> } {
  let resolve = (_nothing: string): void => undefined;
  const promise = new Promise<string>((settle) => (resolve = settle));
  return { promise, done: () => Promise.resolve(resolve("")) };
}
