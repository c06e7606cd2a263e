// What is compared. A row takes one figure of a measurement; several rows may share a measurement, which is then made once.

const RATE = { field: "rate", unit: "/s", isMoreBetter: true };
const P50 = { field: "p50_us", unit: "us", isMoreBetter: false };

/** A load that warm servers stand for some seconds. */
function steady(members, load, etcd = null) {
  return { kind: "steady", members, load, etcd };
}

/** `etcd` is the call that stands beside it. */
function operations(op, sessions, inflight, { size = 100, members = 3, figure = RATE, etcd = true } = {}) {
  const load = { mode: "ops", op, sessions, inflight, size, root: `/load${size}`, isCleaned: op === "create" };
  const call = { set: "put", get: "serializable", linearizable: "linearizable" }[op];
  const beside = etcd && call !== undefined ? { call, sessions, inflight, size } : null;
  const shape = `${sessions}x${inflight}`;
  const name = `${members === 1 ? "standalone-" : ""}${op}-${size === 1024 ? "1k-" : ""}${shape}`;
  const title = `${members === 1 ? "standalone: " : ""}${op}${size === 1024 ? " 1 KiB" : ""}, ${sessions} x ${inflight}`;
  return {
    name,
    title,
    groups: [members === 1 ? "standalone" : "ensemble", op],
    figure,
    measure: steady(members, load, beside),
  };
}

function mode(name, title, group, load, figure = RATE, p99) {
  return { name, title, groups: ["ensemble", group], figure, p99, measure: steady(3, load) };
}

const watch = (sessions) =>
  mode(
    `watch-${sessions}`,
    `watch: set to the last of ${sessions.toLocaleString("en")} told`,
    "watch",
    { mode: "watch", sessions },
    { field: "last_p50_us", unit: "us", isMoreBetter: false },
    "last_p99_us",
  );

const failover = (name, title, signal, { products = ["zookeeper", "coterie", "etcd"], ...rest } = {}) => ({
  name,
  title,
  groups: ["failover"],
  figure: { field: "service_gap_ms", unit: "ms", isMoreBetter: false },
  p99: null,
  measure: { kind: "failover", signal, products },
  ...rest,
});

const STOPPED = { products: ["zookeeper", "coterie", "coterie-embedded", "etcd"] };
const MILLION = { kind: "million" };

function million(name, title, field, unit, own = {}) {
  return {
    name,
    title,
    groups: ["million"],
    figure: { field, unit, isMoreBetter: false, ...own },
    p99: null,
    measure: MILLION,
  };
}

function coldStart(members, title) {
  return {
    name: `cold-start-${members}`,
    title: `cold start to the first acknowledged write, ${title}`,
    groups: ["cold-start"],
    figure: { field: "ms", unit: "ms", isMoreBetter: false },
    p99: null,
    measure: { kind: "cold-start", members },
  };
}

const IDLE = { kind: "idle", sessions: 10_000 };

function idle(name, title, field, unit) {
  return { name, title, groups: ["idle"], figure: { field, unit, isMoreBetter: false }, p99: null, measure: IDLE };
}

/** What a measurement is called: rows that share it have the same. */
function measurementOf({ name, measure: { kind, signal, members } }) {
  if (kind === "steady") return name;
  return [kind, signal, members].filter((part) => part !== undefined).join("-");
}

const DESCRIBED = [
  operations("set", 1, 1, { figure: P50 }),
  operations("set", 1, 100),
  operations("set", 30, 10),
  operations("set", 100, 10),
  operations("set", 30, 10, { size: 1024 }),
  operations("create", 1, 100),
  operations("create", 30, 10),
  operations("create", 100, 10),
  operations("get", 1, 1, { figure: P50 }),
  operations("get", 1, 100),
  operations("get", 30, 10),
  operations("get", 100, 10),
  operations("mixed", 1, 100),
  operations("mixed", 100, 10),
  operations("linearizable", 30, 10),
  operations("set", 30, 10, { members: 1 }),
  operations("get", 30, 10, { members: 1 }),
  operations("get", 1, 100, { members: 1 }),
  watch(100),
  watch(1000),
  mode("churn-1", "churn: connect, ephemeral, close; 1 client", "churn", { mode: "churn", sessions: 1 }),
  mode("churn-30", "churn, 30 clients", "churn", { mode: "churn", sessions: 30 }),
  mode("lock-10", "lock handovers, 10 contenders", "lock", { mode: "lock", sessions: 10 }),
  failover("failover-kill", "leader killed: longest gap of the service", "SIGKILL", { runsMin: 10 }),
  failover("failover-stop", "leader stopped: longest gap of the service", "SIGSTOP", STOPPED),
  failover("failover-stop-embedded", "the same, profile embedded", "SIGSTOP", {
    ...STOPPED,
    product: "coterie-embedded",
  }),
  failover("failover-stop-sessions", "leader stopped: longest gap of a session, timeout 10 s", "SIGSTOP", {
    ...STOPPED,
    figure: { field: "session_gap_ms", unit: "ms", isMoreBetter: false },
  }),
  failover("failover-stop-client", "leader stopped: our client's sessions on it are back", "SIGSTOP", {
    ...STOPPED,
    figure: { field: "client_back_ms", unit: "ms", isMoreBetter: false },
  }),
  million("memory-1m", "resident memory with 1,000,000 znodes", "rss_mib", "MiB"),
  million("disk-1m", "disk for them", "disk_mib", "MiB"),
  million("restart-term-1m", "restart with them after SIGTERM", "restart_term_ms", "ms"),
  million("restart-kill-1m", "restart with them after SIGKILL", "restart_kill_ms", "ms"),
  coldStart(1, "single"),
  coldStart(3, "three"),
  idle("idle-cpu", "10,000 idle sessions: CPU of the servers", "cpu_us_a_second", "us/s a session"),
  idle("idle-memory", "10,000 idle sessions: memory of the servers", "kib", "KiB a session"),
];

/**
 * Where a row has no `p99`, it is that of its operations; null: none is told. `product` is whose figure stands in Coterie's column.
 */
export const ROWS = DESCRIBED.map((row) => ({ ...row, measurement: measurementOf(row) }));

/** All names and groups that a command line may give. */
export function rowNames() {
  return { names: ROWS.map(({ name }) => name), groups: [...new Set(ROWS.flatMap(({ groups }) => groups))] };
}

/** Those rows that have one of the names or are in one of the groups; all for none. Throws for a name that is neither. */
export function chooseRows(wanted) {
  const { names, groups } = rowNames();
  const unknown = wanted.filter((name) => !names.includes(name) && !groups.includes(name));
  if (unknown.length > 0) throw new Error(`There is no row and no group ${unknown.join(", ")}.`);
  if (wanted.length === 0) return ROWS;
  return ROWS.filter((row) => wanted.includes(row.name) || row.groups.some((group) => wanted.includes(group)));
}
