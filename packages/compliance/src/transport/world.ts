import type {
  Connection,
  ConnectionOptions,
  CoterieError,
  ErrorCode,
  Listener,
  ListenHandler,
  ListenOptions,
  Transport,
} from "@coterie/interface";
import { check, checkEqual, checkThrows } from "../runner/check.ts";
import type { SuiteCase, SuiteGroup } from "../runner/suite-case.ts";
import type { TransportAbility, TransportFixture, TransportSite } from "./fixture.ts";
import { Pace } from "./pace.ts";
import { RawEnd } from "./raw-end.ts";
import { CallWatch, Recorder } from "./recorder.ts";

export type TransportCase = SuiteCase<TransportWorld, TransportAbility>;
export type TransportGroup = SuiteGroup<TransportWorld, TransportAbility>;

export const OPTIONS: ConnectionOptions = Object.freeze({
  frameSizeMaxBytes: 2 * 2 ** 20,
  sendQueueTargetBytes: 64 * 2 ** 10,
});

/** A listener and what has come in through it. */
export interface Inn {
  readonly listener: Listener;
  readonly address: string;
  readonly accepted: readonly Recorder[];
  readonly refused: readonly CoterieError[];
}

export interface Pair {
  readonly inn: Inn;
  readonly near: Recorder;
  readonly far: Recorder;
}

/** What one case works with: a site of its own, and everything that was made there. */
export class TransportWorld {
  readonly fixture: TransportFixture;
  readonly site: TransportSite;
  readonly watch: CallWatch = new CallWatch();
  readonly pace: Pace;
  private readonly listeners: Listener[] = [];
  private readonly ends: Recorder[] = [];
  private readonly raws: RawEnd[] = [];
  private readonly otherWorlds: TransportWorld[] = [];
  private quietInn: Inn | null = null;

  private constructor(fixture: TransportFixture, site: TransportSite) {
    this.fixture = fixture;
    this.site = site;
    this.pace = new Pace(fixture.pace, fixture.waitMaxMs);
  }

  static async create(fixture: TransportFixture): Promise<TransportWorld> {
    return new TransportWorld(fixture, await fixture.createSite());
  }

  /** A site beside this one. */
  async another(): Promise<TransportWorld> {
    const other = await TransportWorld.create(this.fixture);
    this.otherWorlds.push(other);
    return other;
  }

  async remove(): Promise<void> {
    for (const end of this.ends) end.abort();
    for (const raw of this.raws) raw.destroy();
    await Promise.all(this.listeners.map(async (listener) => listener.close()));
    for (const other of this.otherWorlds) await other.remove();
    await this.fixture.removeSite(this.site);
  }

  /** What `react` returns has a connection hear what it is given before anything else happens. */
  async listen(options: Partial<ListenOptions> = {}, react?: (end: Recorder) => void): Promise<Inn> {
    return this.listenAt(this.fixture.createAddress(this.site), options, react);
  }

  async listenAt(
    address: string,
    options: Partial<ListenOptions> = {},
    react: (end: Recorder) => void = () => undefined,
    transport: Transport = this.site.listening,
  ): Promise<Inn> {
    const accepted: Recorder[] = [];
    const refused: CoterieError[] = [];
    const handler: ListenHandler = {
      accept: (connection) =>
        this.watch.handling("accept", () => {
          const end = this.recorder(`accepted ${accepted.length + 1}`).bind(connection);
          accepted.push(end);
          react(end);
          return end;
        }),
      refused: (reason) => this.watch.handling("refused", () => void refused.push(reason)),
    };
    const all = { ...OPTIONS, ...options };
    const listener = await this.watch.calling("listen", async () => transport.listen(address, handler, all));
    this.listeners.push(listener);
    return { listener, address: listener.address, accepted, refused };
  }

  /** `prepare` sees the handler before the transport does. */
  dial(
    address: string,
    options: Partial<ConnectionOptions> = {},
    prepare: (end: Recorder) => void = () => undefined,
    transport: Transport = this.site.dialing,
  ): Recorder {
    const end = this.recorder(`dialled ${this.ends.length + 1}`);
    prepare(end);
    const connection: Connection = this.watch.calling("dial", () =>
      transport.dial(address, end, { ...OPTIONS, ...options }),
    );
    return end.bind(connection);
  }

  /** Both ends of a connection, open. */
  async connect(options: { near?: Partial<ConnectionOptions>; far?: Partial<ConnectionOptions> } = {}): Promise<Pair> {
    const inn = await this.listen(options.far);
    return { inn, ...(await this.enter(inn, options.near)) };
  }

  /** One more connection through a listener. */
  async enter(inn: Inn, options: Partial<ConnectionOptions> = {}): Promise<{ near: Recorder; far: Recorder }> {
    const before = inn.accepted.length;
    const near = this.dial(inn.address, options);
    await this.until(() => near.isOpened && inn.accepted[before]?.isOpened === true, "both ends hear opened");
    return { near, far: inn.accepted[before]! };
  }

  /** A connection past the transport. */
  async raw(address: string): Promise<RawEnd> {
    const raw = new RawEnd(await this.fixture.connectRaw!(this.site, address));
    this.raws.push(raw);
    return raw;
  }

  /** An address where somebody listened until just now. */
  async deadAddress(): Promise<string> {
    const { listener, address } = await this.listen();
    await listener.close();
    return address;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await this.pace.until(condition, what);
  }

  async untilClosed(...ends: readonly Recorder[]): Promise<void> {
    await this.until(
      () => ends.every((end) => end.isClosed),
      `${ends.map(({ name }) => name).join(", ")} hears closed`,
    );
  }

  /** What was under way before has arrived, as far as anything can tell: something that began later is done. */
  async quiet(): Promise<void> {
    this.quietInn ??= await this.listen();
    const { near, far } = await this.enter(this.quietInn);
    near.abort();
    await this.until(() => far.isClosed, "a connection made for waiting ends");
    await this.pace.rest();
  }

  private recorder(name: string): Recorder {
    const end = new Recorder(name, this.watch);
    this.ends.push(end);
    return end;
  }
}

/** Runs a case once for each end as the sender, each time with a new connection. The options are the receiver's. */
export async function bothWays(
  world: TransportWorld,
  run: (sender: Recorder, receiver: Recorder) => Promise<void>,
  options: Partial<ConnectionOptions> = {},
): Promise<void> {
  const one = await world.connect({ far: options });
  await run(one.near, one.far);
  const other = await world.connect({ near: options });
  await run(other.far, other.near);
}

export function checkClosedWith(end: Recorder, codes: readonly ErrorCode[]): void {
  const code = end.reason?.code;
  check(code !== undefined && codes.includes(code), `${end.name} closed with ${code}, not ${codes.join(" or ")}`);
}

export function checkHeard(end: Recorder, expected: readonly string[]): void {
  checkEqual(end.heardToTheEnd, expected, `what ${end.name} has heard`);
}

/** @throws ComplianceError unless `call` throws an AssertionError. */
export function checkAsserts(call: () => unknown, what: string): void {
  checkThrows(call, "ASSERTION", what);
}
