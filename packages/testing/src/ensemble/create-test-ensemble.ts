import { type Clock, createSeededRandom, formatSessionId, type Random, shownOf } from "@coterie/interface";
import type { OpenSessionOptions, Peer } from "@coterie/peer";
import type { Session } from "@coterie/session";
import { connect } from "@coterie/client";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { HandClock } from "../clock/hand-clock.ts";
import type { FaultyStorage } from "../faults/faulty-storage.ts";
import { type SessionOrId, sessionIdOf } from "../session-id.ts";
import { Failures } from "./failures.ts";
import { groupsOf } from "./groups.ts";
import { addressOf, clientAddressOf, hostOf, Member, type MemberWorld } from "./member.ts";
import { checkEnsembleOptions, type CheckedOptions, type TestEnsembleOptions } from "./options.ts";
import type { TestEnsemble } from "./test-ensemble.ts";

/** Of the ensemble's own clock. An ensemble that takes longer never gets there. */
const START_MAX_MS = 60_000;
const STOP_MAX_MS = 60_000;

/**
 * An ensemble that serves.
 *
 * Rejects with CoterieError BAD_ARGUMENTS.
 */
export async function createTestEnsemble(options: TestEnsembleOptions = {}): Promise<TestEnsemble> {
  const ensemble = new Ensemble(checkEnsembleOptions(options));
  await ensemble.start();
  return ensemble;
}

class Ensemble implements TestEnsemble {
  readonly seed: number;
  private readonly failures: Failures;
  private readonly hands: HandClock;
  private readonly net: MemoryNetwork;
  private readonly members: readonly Member[];
  private readonly sessionTimeoutMs: number;
  private readonly random: Random;
  private readonly clients: Session[] = [];
  private opened = 0;
  private connects = 0;
  private stopping: Promise<void> | null = null;

  constructor(options: CheckedOptions) {
    const { seed, peerCount, observerCount, sessionTimeoutMs, wallTimeMs, timing, sessions, logger = null } = options;
    const random = createSeededRandom(seed);
    this.seed = seed;
    this.random = random;
    this.failures = new Failures(seed);
    this.sessionTimeoutMs = sessionTimeoutMs;
    this.hands = new HandClock(wallTimeMs);
    this.net = createMemoryNetwork({ clock: this.hands, random: random.fork("network") });
    const ids = Array.from({ length: peerCount + observerCount }, (_, index) => index + 1);
    const world: MemberWorld = {
      clock: this.hands,
      random,
      network: this.net,
      voters: Object.fromEntries(ids.slice(0, peerCount).map((id) => [id, addressOf(id)])),
      common: { ...(timing === undefined ? {} : { timing }), ...(sessions === undefined ? {} : { sessions }) },
      logger,
    };
    this.members = ids.map((id) => new Member(world, id));
  }

  get clock(): Clock {
    return this.hands;
  }

  get network(): MemoryNetwork {
    this.checkRunning();
    return this.net;
  }

  get peers(): readonly Peer[] {
    this.checkRunning();
    return this.members.filter(({ isDown }) => !isDown).map(({ peer }) => peer);
  }

  peer(id: number): Peer {
    return this.upMember(id).peer;
  }

  storage(id: number): FaultyStorage {
    return this.member(id).storage;
  }

  async start(): Promise<void> {
    await this.failures.told(
      this.passingTime(
        Promise.all(this.members.map(({ peer }) => peer.start())),
        () => this.members.every(({ isServing }) => isServing),
        START_MAX_MS,
      ),
    );
  }

  async openSession(at?: number, options: OpenSessionOptions = {}): Promise<Session> {
    const { peer } = at === undefined ? this.nextMember() : this.upMember(at);
    const { sessionTimeoutMs } = this;
    return this.failures.told(peer.openSession({ sessionTimeoutMs, ...options }));
  }

  async connect({ chroot, ...options }: OpenSessionOptions = {}): Promise<Session> {
    this.checkRunning();
    const { sessionTimeoutMs, hands, random, clients } = this;
    // Counted before anything is awaited: each client has a host and chances of its own, also where several connect at once.
    this.connects += 1;
    const host = `client${this.connects}`;
    const target = {
      addresses: this.members.map(({ id }) => clientAddressOf(id)),
      ...(chroot === undefined ? {} : { chroot }),
    };
    const own = { transport: this.net.transport(host), clock: hands, random: random.fork(host) };
    const session = await this.failures.told(connect(target, { sessionTimeoutMs, ...options, ...own }));
    clients.push(session);
    return session;
  }

  async advance(ms: number): Promise<void> {
    this.checkRunning();
    await this.failures.told(this.hands.advance(ms));
  }

  async settle(): Promise<void> {
    this.checkRunning();
    await this.failures.told(this.hands.settle());
  }

  partition(...groups: readonly (readonly number[])[]): void {
    this.checkRunning();
    const all = this.members.map(({ id }) => id);
    const parted = groupsOf(groups, all, (message) => this.failures.create("BAD_ARGUMENTS", message));
    this.net.partition(parted.map((group) => group.map(hostOf)));
  }

  heal(): void {
    this.network.heal();
  }

  crash(id: number): void {
    const reason = this.failures.create("SYSTEM_ERROR", `the test has crashed peer ${id}`);
    this.upMember(id).crash(reason);
  }

  async restart(id: number): Promise<void> {
    const member = this.member(id);
    if (!member.isDown) {
      const { state } = member.peer.status;
      throw this.failures.create(
        "BAD_ARGUMENTS",
        `peer ${id} is ${state}: crash(${id}) or stop it before restart(${id})`,
      );
    }
    await this.failures.told(member.restart());
    await this.settle();
  }

  async expire(session: SessionOrId): Promise<void> {
    this.checkRunning();
    const id = sessionIdOf(session);
    if (id === null) {
      const text = `expire takes a session or its id, 0x…, and was given ${shownOf(session)}`;
      throw this.failures.create("BAD_ARGUMENTS", text);
    }
    const leader = this.leadingMember();
    if (leader === null) throw this.noQuorum("no peer leads");
    const { hooks } = leader;
    if (!hooks.hasSession(id)) {
      const text = `there is no session ${formatSessionId(id)}: it was closed, or has expired already`;
      throw this.failures.create("BAD_ARGUMENTS", text);
    }
    hooks.expire(id);
    await this.settle();
    if (hooks.hasSession(id)) throw this.noQuorum(`peer ${leader.id} leads, but has lost its quorum`);
  }

  leader(): number | null {
    this.checkRunning();
    return this.leadingMember()?.id ?? null;
  }

  async stop(): Promise<void> {
    this.stopping ??= this.stopOnce();
    await this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async stopOnce(): Promise<void> {
    this.net.heal();
    for (const { storage } of this.members) storage.resumeWrites();
    // As far as somebody is there to close them.
    const stopped = this.leadingMember() === null ? this.stopPeers() : this.closeClients().then(() => this.stopPeers());
    await this.failures.told(this.passingTime(stopped, () => true, STOP_MAX_MS));
  }

  private async closeClients(): Promise<void> {
    await Promise.all(this.clients.map((session) => session.close()));
  }

  private async stopPeers(): Promise<void> {
    await Promise.all(this.members.map(({ peer }) => peer.stop()));
    await Promise.all(this.clients.map((session) => session.detach()));
  }

  /** Lets time pass until the work is done and `isReached`. */
  private async passingTime(work: Promise<unknown>, isReached: () => boolean, maxMs: number): Promise<void> {
    let [isDone, hasFailed] = [false, false];
    work.then(
      () => (isDone = true),
      () => (hasFailed = true),
    );
    const isOver = await this.hands.advanceUntil(() => hasFailed || (isDone && isReached()), maxMs);
    if (isOver) return void (await work);
    const states = this.members.map(({ id, peer }) => `peer ${id} is ${peer.status.state}, ${peer.status.role.state}`);
    throw this.failures.create("SYSTEM_ERROR", `not within ${maxMs} ms: ${states.join("; ")}`);
  }

  private member(id: number): Member {
    this.checkRunning();
    const member = this.members.find((known) => known.id === id);
    if (member !== undefined) return member;
    const ids = this.members.map((known) => known.id).join(", ");
    throw this.failures.create("BAD_ARGUMENTS", `there is no peer ${shownOf(id)}; there are ${ids}`);
  }

  private upMember(id: number): Member {
    const member = this.member(id);
    if (!member.isDown) return member;
    throw this.failures.create("BAD_ARGUMENTS", `peer ${id} is down: restart(${id}) starts it on its store`);
  }

  private nextMember(): Member {
    this.checkRunning();
    const up = this.members.filter(({ isDown }) => !isDown);
    if (up.length === 0) throw this.failures.create("BAD_ARGUMENTS", "all peers are down: restart one");
    this.opened += 1;
    return up[(this.opened - 1) % up.length]!;
  }

  private leadingMember(): Member | null {
    const leading = this.members.filter(({ isServing, peer }) => isServing && peer.status.role.state === "leading");
    return leading.toSorted((one, other) => other.peer.status.role.epoch - one.peer.status.role.epoch)[0] ?? null;
  }

  private noQuorum(why: string): Error {
    const advice = "without a quorum no session expires: heal or restart, and advance until leader() names a peer";
    return this.failures.create("NO_QUORUM", `${why}: ${advice}`);
  }

  private checkRunning(): void {
    if (this.stopping === null) return;
    throw this.failures.create("PEER_STOPPED", "the ensemble was stopped: create another one");
  }
}
