import { once } from "node:events";
import { truncateSync, writeFileSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCommand } from "../../bench/compare/command.mjs";
import { longestGap } from "../../bench/compare/kinds/etcd-probe.mjs";
import { generatorArguments, judge } from "../../bench/compare/load/generator.mjs";
import { checkCall } from "../../bench/compare/load/grpc-call.mjs";
import { grpcBody, latenciesOf, parseLog, parseSummary } from "../../bench/compare/load/h2load.mjs";
import { chooseRows, type Row, ROWS } from "../../bench/compare/rows.mjs";
import { planSections, runSections } from "../../bench/compare/run.mjs";
import { Ensemble } from "../../bench/compare/servers/ensemble.mjs";
import { figureOf, isMet, type Run, summarise } from "../../bench/compare/summary.mjs";
import { medianOf, quantilesOf } from "../../bench/lib/quantiles.mjs";
import { formatNumber, formatTable } from "../../bench/compare/table.mjs";
import { ETCD_TARGETS, TARGETS } from "../../bench/compare/targets.mjs";

const rowNamed = (name: string): Row => ROWS.find((row) => row.name === name)!;

function runOf(product: string, rate: number, rest: Run = {}): Run {
  return { measurement: "set-30x10", product, rate, p99_us: 1000, cpu_servers: 1, errors: 0, ...rest };
}

describe("the rows of npm run bench -- compare", () => {
  it("have names of their own, and targets are those of rows", () => {
    const names = ROWS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...Object.keys(TARGETS), ...Object.keys(ETCD_TARGETS)].filter((name) => !names.includes(name))).toEqual([]);
  });

  it("are chosen by name and by group; all of them by neither", () => {
    expect(chooseRows(["set-1x1", "churn"]).map(({ name }) => name)).toEqual(["set-1x1", "churn-1", "churn-30"]);
    expect(chooseRows([])).toEqual(ROWS);
    expect(() => chooseRows(["set-1x1", "nothing"])).toThrow("no row and no group nothing");
  });

  it("share measurements, which are made once, in sections that share servers", () => {
    const sections = planSections(chooseRows(["set-1x1", "get-1x1", "memory-1m", "disk-1m", "failover-kill"]), null);
    expect(sections.map(({ measurements }) => measurements.map(({ name }) => name))).toEqual([
      ["set-1x1", "get-1x1"],
      ["failover-SIGKILL"],
      ["million"],
    ]);
    expect(sections.map(({ rounds }) => rounds)).toEqual([3, 10, 3]);
    expect(planSections(chooseRows(["failover-kill"]), 2)[0]!.rounds).toBe(2);
  });

  it("begin each round with another product, of those that take part and are not alone", async () => {
    const kind = {
      takes: (_measure: object, product: string) => product !== "none",
      open: ({ name }: { readonly name: string }) => name,
      run: async () => ({}),
      close: () => undefined,
    };
    const measure = { products: ["none", "a", "b", "c"] };
    const section = { title: "s", kind, rounds: 4, measurements: [{ name: "m", measure }] };
    const products = ["none", "a", "b", "c"].map((name) => ({ name, isAlone: name === "c" }));
    const runs = await runSections([section], products, { redo: 0 }, () => undefined);
    expect(runs.map(({ round, product }) => `${round}${product}`).join(" ")).toBe(
      "1a 1b 2b 2a 3a 3b 4b 4a 1c 2c 3c 4c",
    );
  });
});

describe("a command line", () => {
  it("says what is to be run, with defaults for the rest", () => {
    expect(readCommand(["set", "--runs", "5", "--json", "a.json"])).toMatchObject({
      wanted: ["set"],
      runs: 5,
      seconds: 3,
      json: "a.json",
      products: ["zookeeper", "coterie", "etcd", "floor"],
    });
    expect(readCommand([]).runs).toBeNull();
  });

  it("is refused where it means nothing", () => {
    expect(() => readCommand(["--runs", "0"])).toThrow("--runs 0 has to be a number");
    expect(() => readCommand(["--runs", "1.5"])).toThrow("integer");
    expect(() => readCommand(["--seconds", "soon"])).toThrow("--seconds soon");
    expect(() => readCommand(["--products", "consul"])).toThrow("consul");
    expect(() => readCommand(["--loud"])).toThrow("--loud");
  });
});

describe("a summary", () => {
  it("takes medians, of an even number the mean of the two in the middle", () => {
    expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3]), medianOf([])]).toEqual([2, 2.5, null]);
    expect(quantilesOf([50, 10, 20, 30, 40], [0, 0.25, 0.375, 1])).toEqual([10, 20, 25, 50]);
  });

  it("leaves disturbed runs out, unless fewer than two are left, and says so", () => {
    const calm = [runOf("etcd", 1), runOf("etcd", 3), runOf("etcd", 100, { disturbed: true })];
    expect(figureOf(calm, "rate")).toEqual({ value: 2, low: 1, high: 3, runs: 2, isDisturbed: false });
    const loud = calm.slice(1);
    expect(figureOf(loud, "rate")).toEqual({ value: 51.5, low: 3, high: 100, runs: 2, isDisturbed: true });
    expect(figureOf([runOf("etcd", 1)], "rate")!.isDisturbed).toBe(false);
    expect(figureOf(loud, "service_gap_ms")).toBeNull();
  });

  it("compares with ZooKeeper and with etcd, each with its target", () => {
    const runs = [runOf("zookeeper", 100), runOf("coterie", 400, { p99_us: 600 }), runOf("etcd", 200)];
    expect(summarise(rowNamed("set-30x10"), runs)).toMatchObject({
      ratio: 4,
      isMet: true,
      p99Ratio: 0.6,
      isP99Met: false,
      etcdRatio: 2,
      isEtcdMet: false,
      coterie: { value: 400, cpuUs: 2500 },
    });
  });

  it("says how far above the floor Coterie is", () => {
    const summary = summarise(rowNamed("set-30x10"), [runOf("coterie", 400), runOf("floor", 500)]);
    expect(summary.floorRatio).toBe(0.8);
    expect(formatTable([summary])).toMatch(/ - : 2,500 : 2,000 .* 500\/s +\| +0\.80x/);
  });

  it("has nothing to say of a product that was not there", () => {
    const summary = summarise(rowNamed("set-30x10"), [runOf("coterie", 400)]);
    expect([summary.zookeeper, summary.ratio, summary.isMet, summary.etcdRatio]).toEqual([null, null, null, null]);
  });

  it("judges by either side of a ratio, or by the figure itself", () => {
    expect([isMet({ ratioAtMost: 0.5 }, 0.5, 1), isMet({ ratioAtMost: 0.5 }, 0.6, 1)]).toEqual([true, false]);
    expect([isMet({ ratioAtLeast: 2 }, 2, 1), isMet({ ratioAtLeast: 2 }, 1.9, 1)]).toEqual([true, false]);
    expect([isMet({ atMost: 10 }, null, 10), isMet({ atMost: 10 }, null, 11), isMet(undefined, 1, 1)]).toEqual([
      true,
      false,
      null,
    ]);
  });
});

describe("the table", () => {
  it("shows three digits that count", () => {
    expect([12_345.6, 99.94, 1.234, null].map(formatNumber)).toEqual(["12,346", "99.9", "1.23", "-"]);
  });

  it("has a line a row, errors and disturbed runs marked", () => {
    const runs = [runOf("zookeeper", 100, { disturbed: true }), runOf("coterie", 400, { errors: 2, p99_us: 400 })];
    const lines = formatTable([summarise(rowNamed("set-30x10"), runs)]).split("\n");
    expect(lines[2]!.split("|").map((cell) => cell.trim())).toEqual([
      "",
      "set, 30 x 10",
      "100/s *",
      "400/s (2 errors)",
      "4.00x",
      ">= 3.5x",
      "met",
      "0.40x",
      "met",
      "10,000 : 2,500",
      "",
      "",
      ">= 3x",
      "",
      "",
      "",
      "",
    ]);
    expect(lines.at(-1)).toContain("without other work");
    expect(new Set(lines.slice(0, 3).map(({ length }) => length)).size).toBe(1);
  });
});

describe("a load", () => {
  it("becomes arguments of the generator", () => {
    const load = { mode: "ops", op: "create", sessions: 30, isCleaned: true };
    expect(generatorArguments(load, ["127.0.0.1:1", "127.0.0.1:2"], [7, 8])).toEqual(
      "--servers 127.0.0.1:1,127.0.0.1:2 --pids 7,8 --mode ops --op create --sessions 30 --clean".split(" "),
    );
  });

  it("is disturbed when others had more than a third of a processor", () => {
    const calm = { cpu_machine: 2, cpu_client: 0.2, cpu_servers: 1.5 };
    expect(judge(calm).disturbed).toBe(false);
    expect(judge({ ...calm, cpu_servers: 1.4 }).disturbed).toBe(true);
  });
});

describe("what servers occupy", () => {
  it("is what is written, and not how long a file is", async () => {
    const ensemble = await Ensemble.create({ name: "sparse", portsEach: 1 }, 1);
    try {
      writeFileSync(`${ensemble.directory}/log`, "x".repeat(20_000));
      truncateSync(`${ensemble.directory}/log`, 64 * 2 ** 20);
      const bytes = await ensemble.diskBytes();
      expect(bytes).toBeGreaterThanOrEqual(20_000);
      expect(bytes).toBeLessThan(2 ** 20);
    } finally {
      await ensemble.end();
    }
  });
});

describe("a call of gRPC", () => {
  const answers: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
    "/well": (stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end("reply");
    },
    "/trailers": (stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "8", "grpc-message": "too many requests" }));
      stream.end();
    },
    "/head": (stream) => stream.respond({ ":status": 200, "grpc-status": "14" }, { endStream: true }),
    "/none": (stream) => stream.respond({ ":status": 200 }, { endStream: true }),
    "/status": (stream) => stream.respond({ ":status": 503 }, { endStream: true }),
    "/gone": (stream) => stream.session!.destroy(),
  };
  let server: Http2Server;
  const check = (path: string): Promise<void> =>
    checkCall(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, path, grpcBody("put", 1));

  beforeAll(async () => {
    server = createServer().listen(0, "127.0.0.1");
    server.on("stream", (stream, headers) => answers[headers[":path"]!]!(stream));
    server.on("sessionError", () => undefined);
    await once(server, "listening");
  });
  afterAll(() => server.close());

  it("that succeeds says so behind its reply", async () => {
    await expect(check("/well")).resolves.toBeUndefined();
  });

  it.each([
    ["/trailers", "HTTP 200, gRPC 8 too many requests"],
    ["/head", "HTTP 200, gRPC 14"],
    ["/none", "HTTP 200, gRPC undefined"],
    ["/status", "HTTP 503"],
    ["/gone", "HTTP undefined"],
  ])("that fails is told, wherever it says so: %s", async (path, told) => {
    await expect(check(path)).rejects.toThrow(told);
  });
});

describe("etcd's side", () => {
  it("is asked by frames of gRPC", () => {
    expect(grpcBody("put", 2).toString("hex")).toBe(
      `000000000c0a06${Buffer.from("load/1").toString("hex")}1202${Buffer.from("xx").toString("hex")}`,
    );
    expect(grpcBody("serializable", 0).subarray(-2).toString("hex")).toBe("3801");
    expect(grpcBody("put", 200)).toHaveLength(5 + 8 + 3 + 200);
  });

  it("is read from what h2load prints and logs", () => {
    const printed =
      "finished in 3.00s, 1234.50 req/s, 1MB/s\nrequests: 10 total, 10 started, 10 done, 9 succeeded, 1 failed, 0 errored";
    expect(parseSummary(printed)).toEqual({ rate: 1234.5, errors: 1 });
    // A call that fails at once would make the others look fast.
    expect(parseLog("1\t200\t150\n2\t200\t250\n3\t-1\t9\n")).toEqual([150, 250]);
    expect(latenciesOf([4, 1, 3, 2])).toMatchObject({ p50_us: 2.5, max_us: 4 });
    expect(latenciesOf([])).toMatchObject({ p50_us: null, p99_us: null });
  });

  it("has a gap where no put succeeded for longest", () => {
    expect(longestGap([15, 11, 12], 10, 16)).toBe(3);
    // What was done before or behind the time that counts ends none.
    expect(longestGap([5, 12, 15, 30], 10, 16)).toBe(3);
  });

  it("that never comes back has a gap until the end", () => {
    expect([longestGap([11, 12], 10, 30), longestGap([], 10, 30)]).toEqual([18, 20]);
  });
});
