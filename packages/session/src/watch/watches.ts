import { WATCH_EVENT_TYPES, type WatcherEvent } from "@coterie/protocol";
import { callError } from "../call/call-error.ts";
import type { WaitRoom } from "../call/wait.ts";
import type { ChannelReply, SessionChannel, WatchedPaths } from "../channel.ts";
import type { Chroot } from "../path/chroot.ts";
import type { Watch, WatchEvent, WatchOptions } from "../session.ts";
import { ArmingWait } from "./arming-wait.ts";
import { Registration, WIRE_MODES, WIRE_TYPES, type WatchMode } from "./registration.ts";
import { WatchStream } from "./watch-stream.ts";
import { removeFromServer } from "./remove-from-server.ts";

type Kind = Exclude<WatchEvent["kind"], "gap">;

const KINDS: ReadonlyMap<number, Kind> = new Map([
  [WATCH_EVENT_TYPES.NodeCreated, "created"],
  [WATCH_EVENT_TYPES.NodeDeleted, "deleted"],
  [WATCH_EVENT_TYPES.NodeDataChanged, "data-changed"],
  [WATCH_EVENT_TYPES.NodeChildrenChanged, "children-changed"],
]);

/**
 * What a session watches: one registration a path and mode, however many streams want it. An event comes once, whatever
 * modes it fits, and is given to every stream that it concerns.
 *
 * Apache ZooKeeper before 3.9 keeps one mode a path, the last (ZOOKEEPER-4466), and its recursive ones tell nothing of
 * children that changed. Where the server may be one, a persistent registration beside a recursive one is carried by it: a
 * child that was created or deleted is a change of its parent's children. To go from one mode to the other is one request,
 * so nothing is missed in between.
 */
export class Watches {
  private readonly room: WaitRoom;
  private readonly channel: SessionChannel;
  private readonly chroot: Chroot;
  private readonly registrations: Readonly<Record<WatchMode, Map<string, Registration>>> = {
    persistent: new Map(),
    recursive: new Map(),
  };
  private isEnded = false;

  constructor(room: WaitRoom, channel: SessionChannel, chroot: Chroot) {
    this.room = room;
    this.channel = channel;
    this.chroot = chroot;
  }

  /** Registrations, for tests of leaks. */
  get size(): number {
    return this.registrations.persistent.size + this.registrations.recursive.size;
  }

  /** Settles with a stream of `path`, whose full path is `full`. */
  open(
    path: string,
    full: string,
    options: WatchOptions,
    resolve: (watch: Watch) => void,
    reject: (error: Error) => void,
  ): void {
    const mode: WatchMode = options.recursive === true ? "recursive" : "persistent";
    let registration: Registration | null = null;
    const stream = new WatchStream(path, options, this.room.signals, () => {
      if (registration !== null) this.release(registration, stream);
    });
    const wait = new ArmingWait(this.room, stream, resolve, reject);
    if (!wait.begin(options)) return;
    wait.sent();
    registration = this.registrations[mode].get(full) ?? this.register(full, mode);
    registration.streams.add(stream);
    if (registration.isArmed) wait.armed();
    else registration.waits.push(wait);
  }

  /** An event of the ensemble, in its place between the replies. */
  told({ eventType, path }: WatcherEvent, zxid: number): void {
    const kind = KINDS.get(eventType);
    const own = this.chroot.toOwn(path);
    if (kind === undefined || own === null) return;
    const event: WatchEvent = { kind, path: own, zxid };
    const exact = this.armedAt("persistent", path);
    if (exact !== null && !(exact.isCarried && kind === "children-changed")) exact.tell(event);
    if (kind === "children-changed") return;
    if (this.registrations.recursive.size > 0) this.tellAbove(path, event);
    if (kind !== "data-changed") this.tellCarriedParent(path, zxid);
  }

  /** What is to be registered anew: what is armed. The rest waits in the channel, or was answered with a loss. */
  paths(): WatchedPaths {
    const recursive = [...this.registrations.recursive.values()].flatMap(({ path, isArmed }) =>
      isArmed ? [path] : [],
    );
    const persistent: string[] = [];
    for (const registration of this.registrations.persistent.values()) {
      // The request that would have set it on its own feet may be lost.
      if (this.armedAt("recursive", registration.path) === null) registration.isCarried &&= !registration.isArmed;
      if (registration.isArmed && !registration.isCarried) persistent.push(registration.path);
    }
    return { persistent, recursive };
  }

  renewed(): void {
    for (const registration of this.all()) {
      if (registration.isArmed) for (const stream of registration.streams) stream.pushGap("reconnected");
    }
  }

  /** The session is over: with an error where it is lost, without where it was closed. */
  end(error: Error | null): void {
    this.isEnded = true;
    for (const registration of this.all()) {
      for (const stream of registration.streams) {
        if (error === null) void stream.close();
        else stream.fail(error);
      }
    }
  }

  private register(path: string, mode: WatchMode): Registration {
    const registration = new Registration(path, mode);
    const beside = this.registrations.recursive.get(path);
    this.registrations[mode].set(path, registration);
    if (mode === "persistent" && beside !== undefined && this.mayKeepOneMode()) {
      registration.isCarried = true;
      if (beside.isArmed) registration.armed();
    } else {
      this.addToServer(registration);
    }
    return registration;
  }

  private addToServer(registration: Registration): void {
    const { path, mode } = registration;
    this.channel.submit({
      body: { kind: "addWatch", path, mode: WIRE_MODES[mode] },
      settle: (reply) => this.added(registration, reply),
    });
  }

  private added(registration: Registration, { code, reason }: ChannelReply): void {
    const { path, mode } = registration;
    const carried = mode === "recursive" ? this.registrations.persistent.get(path) : undefined;
    if (!this.isWanted(registration)) return;
    if (code !== null) {
      if (registration.isArmed) return;
      const error = callError(code, this.chroot.toOwn(path) ?? path, reason);
      this.registrations[mode].delete(path);
      registration.failed(error);
      if (carried?.isCarried === true && !carried.isArmed) {
        this.registrations.persistent.delete(path);
        carried.failed(error);
      }
      return;
    }
    registration.isCarried = false;
    registration.armed();
    if (carried === undefined || !(carried.isCarried || this.mayKeepOneMode())) return;
    carried.isCarried = true;
    if (!carried.isArmed) carried.armed();
  }

  private release(registration: Registration, stream: WatchStream): void {
    registration.streams.delete(stream);
    if (registration.streams.size > 0 || !this.isWanted(registration)) return;
    const { path, mode } = registration;
    this.registrations[mode].delete(path);
    if (this.isEnded) return;
    const left = this.registrations.persistent.get(path);
    if (left?.isCarried === true) this.addToServer(left);
    removeFromServer(this.channel, path, WIRE_TYPES[mode], () => !this.isWatched(path));
  }

  private isWanted(registration: Registration): boolean {
    return this.registrations[registration.mode].get(registration.path) === registration;
  }

  private isWatched(path: string): boolean {
    return this.registrations.persistent.has(path) || this.registrations.recursive.has(path);
  }

  private armedAt(mode: WatchMode, path: string): Registration | null {
    const registration = this.registrations[mode].get(path);
    return registration?.isArmed === true ? registration : null;
  }

  /** Recursive ones at the path itself and at all its ancestors. */
  private tellAbove(path: string, event: WatchEvent): void {
    for (let at: string | null = path; at !== null; at = parentOf(at)) this.armedAt("recursive", at)?.tell(event);
  }

  private tellCarriedParent(path: string, zxid: number): void {
    const parent = parentOf(path);
    const registration = parent === null ? null : this.armedAt("persistent", parent);
    if (registration === null || !registration.isCarried) return;
    const own = this.chroot.toOwn(registration.path) ?? registration.path;
    registration.tell({ kind: "children-changed", path: own, zxid });
  }

  private mayKeepOneMode(): boolean {
    const { kind, linearizable } = this.channel.supports;
    return kind === "wire" && linearizable !== true;
  }

  private all(): Registration[] {
    return [...this.registrations.persistent.values(), ...this.registrations.recursive.values()];
  }
}

/** Null for the root. */
function parentOf(path: string): string | null {
  if (path === "/") return null;
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
