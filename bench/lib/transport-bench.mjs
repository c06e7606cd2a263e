// Frames and bytes a second, and the time of a round trip, over one connection of a transport.
import { fork } from "node:child_process";
import { once } from "node:events";
import { report } from "./measure.mjs";
import { quantilesOf } from "./quantiles.mjs";
import { connect, serve } from "./transport-ends.mjs";

const ROUNDS = 11;
const ROUNDS_WARM = 3;
const TRIPS = 20_000;
const TRIPS_WARM = 2000;
const SIZES = [
  { label: "100 B", sizeBytes: 100, count: 200_000 },
  { label: "16 KiB", sizeBytes: 16_384, count: 8000 },
];
const SERVANT = "servant";

/**
 * Measures between two processes: the scenario's own file is run again as the one that listens. `create` makes a transport;
 * `join` connects it with the other process where the transport needs that.
 */
export async function measureProcesses({ name, file, create, address, join = () => undefined, ...rest }) {
  const transport = create();
  if (process.argv[2] === SERVANT) {
    join(transport, process);
    // Whoever measured is gone, for whatever reason.
    process.once("disconnect", () => process.exit());
    process.send({ servantAddress: await serve(transport, address) });
    return;
  }
  const child = fork(file, [SERVANT], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  join(transport, child);
  await measureTransport({ name, transport, address: await addressFrom(child), ...rest });
  child.kill();
  await once(child, "exit");
  // What the transport still holds must not keep the scenario alive.
  process.exit();
}

/** The servant's address. Other messages are the transport's own. */
function addressFrom(child) {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      if (typeof message?.servantAddress === "string") resolve(message.servantAddress);
    });
  });
}

/**
 * Measures a transport whose other end is there already. `target` is for frames of 100 bytes; `scale` is for a transport
 * so slow that a round would take seconds.
 */
export async function measureTransport({ name, transport, address, target, scale = 1 }) {
  for (const { label, sizeBytes, count: fullCount } of SIZES) {
    const count = fullCount * scale;
    const connection = await connect(transport, address, count);
    const frame = new Uint8Array(sizeBytes).fill(7);
    const seconds = [];
    for (let round = 0; round < ROUNDS + ROUNDS_WARM; round++) {
      const startMs = performance.now();
      await connection.round(frame);
      if (round >= ROUNDS_WARM) seconds.push((performance.now() - startMs) / 1000);
    }
    connection.end();
    const rates = seconds.map((duration) => count / duration);
    const bytes = rates.map((rate) => (rate * sizeBytes) / 1e6);
    const goal = sizeBytes === 100 && target !== undefined ? { target } : {};
    report({ name: `${name}, ${label}, frames`, unit: "/s", ...quartiles(rates), ...goal, atLeast: true });
    report({ name: `${name}, ${label}, bytes`, unit: "MB/s", ...quartiles(bytes), atLeast: true });
  }
  await measureTrips(name, transport, address);
}

async function measureTrips(name, transport, address) {
  const connection = await connect(transport, address, 0);
  const frame = new Uint8Array(100).fill(7);
  const trips = async (wanted) => {
    const times = Object.assign([], { wanted });
    await new Promise((resolve) => connection.trips(frame, times, resolve));
    return times;
  };
  await trips(TRIPS_WARM);
  const times = await trips(TRIPS);
  connection.end();
  const [value, low, high, best, p99] = quantilesOf(times, [0.5, 0.25, 0.75, 0.05, 0.99]);
  report({ name: `${name}, round trip p50`, unit: "us", value, low, high, best });
  report({ name: `${name}, round trip p99`, unit: "us", value: p99 });
}

/** Of figures of which more is better. */
function quartiles(rates) {
  const [value, low, high, best] = quantilesOf(rates, [0.5, 0.25, 0.75, 0.95]);
  return { value, low, high, best };
}
