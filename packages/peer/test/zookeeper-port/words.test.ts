import { describe, expect, it } from "vitest";
import { FOUR_LETTER_WORDS } from "../../src/zookeeper-port/words/answer-word.ts";
import { LOOKING } from "../serving/fake-engine.ts";
import { create, get } from "../serving/serving-world.ts";
import { FACTS, PortWorld } from "./port-world.ts";

const ALL = { fourLetterWords: ["*"] };

describe("which words are answered", () => {
  it("answers srvr and ruok unless told otherwise, and says so of others", async () => {
    const world = await new PortWorld().open();
    expect(world.ask4("ruok")).toBe("imok");
    expect(world.ask4("srvr")).toMatch(/^Zookeeper version: /);
    for (const word of FOUR_LETTER_WORDS) {
      if (word === "ruok" || word === "srvr") continue;
      expect(world.ask4(word)).toBe(`${word} is not executed because it is not in the whitelist.\n`);
    }
  });

  it("answers those that are listed", async () => {
    const world = await new PortWorld().open({ fourLetterWords: ["isro"] });
    expect(world.ask4("isro")).toBe("rw");
    expect(world.ask4("ruok")).toBe("ruok is not executed because it is not in the whitelist.\n");
  });

  it("says that it does not serve, where it has nothing to say then", async () => {
    const world = await new PortWorld().open(ALL);
    world.engine.become(LOOKING);
    expect(world.ask4("ruok")).toBe("imok");
    expect(world.ask4("isro")).toBe("null");
    expect(world.ask4("envi")).toMatch(/^Environment:\n/);
    for (const word of ["srvr", "stat", "mntr", "conf", "cons", "wchs", "dump", "crst", "srst", "dirs"]) {
      expect(world.ask4(word)).toBe("This ZooKeeper instance is not currently serving requests\n");
    }
  });
});

describe("what they say", () => {
  it("srvr: the server in ten lines, and a leader's eleventh", async () => {
    const world = await new PortWorld().open(ALL);
    expect(world.ask4("srvr")).toBe(
      [
        "Zookeeper version: 3.9.5-coterie-test, built on 2026-01-31 00:00 UTC",
        "Latency min/avg/max: 0/0.0/0",
        "Received: 1",
        "Sent: 0",
        "Connections: 1",
        "Outstanding: 0",
        "Zxid: 0x0",
        "Mode: leader",
        "Node count: 5",
        "Proposal sizes last/min/max: 1/2/3",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ["leading", false, "leader"],
    ["following", false, "follower"],
    ["observing", false, "observer"],
    ["leading", true, "standalone"],
  ] as const)("srvr: %s is mode %s %s", async (state, isStandalone, mode) => {
    const world = await new PortWorld().open({ ...ALL, facts: { ...FACTS, isStandalone: () => isStandalone } });
    world.engine.become({ ...world.engine.role, state });
    const text = world.ask4("srvr");
    expect(text).toContain(`Mode: ${mode}\n`);
    expect(text.includes("Proposal sizes")).toBe(mode === "leader");
    expect(world.ask4("mntr")).toContain(`zk_server_state\t${mode}\n`);
  });

  it("stat: with the clients, the asking one included", async () => {
    const world = await new PortWorld().open(ALL);
    const client = world.connect();
    world.ask(client, get("/"));
    const lines = world.ask4("stat").split("\n");
    expect(lines.slice(1, 5)).toEqual([
      "Clients:",
      " /127.0.0.1:5000[1](queued=0,recved=2,sent=2)",
      " /127.0.0.1:5000[0](queued=0,recved=1,sent=0)",
      "",
    ]);
    expect(lines[5]).toMatch(/^Latency/);
  });

  it("cons: each connection, and what it did last; crst forgets it", async () => {
    const world = await new PortWorld().open(ALL);
    const client = world.connect();
    world.clock.advance(100);
    world.ask(client, create("/a"));
    const sid = `0x${client.session.sessionId.toString(16)}`;
    expect(world.ask4("cons").split("\n")).toEqual([
      ` /127.0.0.1:5000[1](queued=0,recved=2,sent=2,sid=${sid},lop=CREA,est=0,to=10000,lcxid=0x1,lzxid=0x2,lresp=100,llat=0,minlat=0,avglat=0,maxlat=0)`,
      " /127.0.0.1:5000[0](queued=0,recved=1,sent=0)",
      "",
      "",
    ]);
    expect(world.ask4("crst")).toBe("Connection stats reset.\n");
    expect(world.ask4("cons")).toContain("recved=0,sent=0,sid=");
  });

  it("srst: forgets what the server has counted", async () => {
    const world = await new PortWorld().open(ALL);
    world.ask(world.connect(), get("/"));
    expect(world.ask4("srst")).toBe("Server stats reset.\n");
    expect(world.ask4("srvr")).toContain("Received: 1\nSent: 0\n");
  });

  it("mntr: ZooKeeper's names, and what the server adds", async () => {
    const world = await new PortWorld().open(ALL);
    const client = world.connect();
    world.ask(client, create("/a", 1), get("/a", true));
    const text = world.ask4("mntr");
    expect(text).toMatch(/^(?:zk_[a-z_]+\t.+\n)+$/);
    const values = Object.fromEntries(text.split("\n").map((line) => line.split("\t")));
    expect(values).toMatchObject({
      zk_version: FACTS.version,
      zk_server_state: "leader",
      zk_ephemerals_count: "1",
      zk_num_alive_connections: "2",
      zk_avg_latency: "0.0",
      zk_outstanding_requests: "0",
      zk_znode_count: "6",
      zk_global_sessions: "1",
      zk_watch_count: "1",
      zk_packets_received: "4",
      zk_packets_sent: "3",
      zk_quorum_size: "3",
    });
  });

  it("conf, dirs: what the server knows of itself", async () => {
    const world = await new PortWorld().open(ALL);
    expect(world.ask4("conf")).toBe("clientPort=2181\ntickTime=2000\n");
    expect(world.ask4("dirs")).toBe("datadir_size: 12\nlogdir_size: 34\n");
  });

  it("envi: ZooKeeper's names in its order", async () => {
    const world = await new PortWorld().open(ALL);
    const names = world
      .ask4("envi")
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names.slice(0, 4)).toEqual(["Environment:", "zookeeper.version", "host.name", "java.version"]);
    expect(names.slice(-5)).toEqual(["user.dir", "os.memory.free", "os.memory.max", "os.memory.total", ""]);
  });

  it("wchs, wchc, wchp: who watches what", async () => {
    const world = await new PortWorld().open(ALL);
    expect(world.ask4("wchs")).toBe("0 connections watching 0 paths\nTotal watches:0\n");
    const [one, other] = [world.connect(), world.connect()];
    world.ask(one, get("/", true), { kind: "exists", path: "/a", watch: true });
    world.ask(other, get("/", true));
    const [sid, sidOther] = [one, other].map(({ session }) => `0x${session.sessionId.toString(16)}`);
    expect(world.ask4("wchs")).toBe("2 connections watching 2 paths\nTotal watches:3\n");
    expect(world.ask4("wchc")).toBe(`${sid}\n\t/\n\t/a\n${sidOther}\n\t/\n\n`);
    expect(world.ask4("wchp")).toBe(`/\n\t${sid}\n\t${sidOther}\n/a\n\t${sid}\n\n`);
  });

  it("dump: sessions, ephemerals and connections", async () => {
    const world = await new PortWorld().open(ALL);
    const client = world.connect();
    world.ask(client, create("/a", 1), create("/b", 1));
    const sid = `0x${client.session.sessionId.toString(16)}`;
    expect(world.ask4("dump")).toBe(
      [
        "SessionTracker dump:",
        "Global Sessions(1):",
        `${sid}\t10000ms`,
        "ephemeral nodes dump:",
        "Sessions with Ephemerals (1):",
        `${sid}:`,
        "\t/a",
        "\t/b",
        "Connections dump:",
        "Connections Sets (2)/(2):",
        "1 expire after 10000ms:",
        `\tip: /127.0.0.1:5000 sessionId: ${sid}`,
        "1 expire after 0ms:",
        "\tip: /127.0.0.1:5000 sessionId: 0x0",
        "",
      ].join("\n"),
    );
  });

  it("dump: a leader knows when sessions expire", async () => {
    const sessionDeadlines = () => [{ atMs: 86_400_000, ids: [0x1_0000n, 0x1_0001n] }];
    const world = await new PortWorld().open({ ...ALL, facts: { ...FACTS, sessionDeadlines } });
    expect(world.ask4("dump").split("\n").slice(0, 5)).toEqual([
      "SessionTracker dump:",
      "Session Sets (1)/(2):",
      "2 expire at Fri Jan 02 00:00:00 UTC 1970:",
      "\t0x10000",
      "\t0x10001",
    ]);
  });
});
