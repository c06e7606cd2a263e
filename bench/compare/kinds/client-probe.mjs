// Sessions of our own client, to see how long those on a server that goes are without one.

/** Each chooses a server by itself: with so many, one is left without any on the leader once in a hundred and thirty runs. */
const SESSIONS = 12;

export class ClientProbe {
  #sessions;
  /** The last change of state of each that has had one. */
  #changes = new Map();

  constructor(sessions) {
    this.#sessions = sessions;
    for (const session of sessions) {
      session.on("state", (state) => this.#changes.set(session, { state, atMs: performance.now() }));
    }
  }

  static async open(addresses, sessionTimeoutMs) {
    // Only here, so that who does not measure it needs no build.
    const { connect } = await import("../../../packages/coterie/dist/index.js");
    const open = () => connect(addresses.join(","), { sessionTimeoutMs });
    return new ClientProbe(await Promise.all(Array.from({ length: SESSIONS }, open)));
  }

  /** From `sinceMs` until the last of those that were cut off is connected again; until now if one is not, null if none was. */
  backMs(sinceMs) {
    const nowMs = performance.now();
    const backs = [...this.#changes.values()].map(
      ({ state, atMs }) => (state === "connected" ? atMs : nowMs) - sinceMs,
    );
    return backs.length === 0 ? null : Math.max(...backs);
  }

  async close() {
    await Promise.all(this.#sessions.map((session) => session.close()));
  }
}
