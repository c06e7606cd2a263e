import type { Call } from "../history/operation.ts";
import type { Dice } from "../world/dice.ts";
import { WORKLOAD_KINDS, type WorkloadKind, type WorkloadOptions } from "../world/options.ts";

const PARENTS = ["/q", "/e"] as const;

/** What one client does: drawn from a mix, with versions and paths that it has heard of. */
export class Workload {
  private readonly options: WorkloadOptions;
  private readonly dice: Dice;
  private readonly client: number;
  private readonly kinds: readonly WorkloadKind[];
  private readonly versions = new Map<string, number>();
  private readonly own: string[] = [];
  private parentsLeft: string[] = [...PARENTS];
  private values = 0;

  constructor(options: WorkloadOptions, dice: Dice, client: number) {
    this.options = options;
    this.dice = dice;
    this.client = client;
    this.kinds = WORKLOAD_KINDS.flatMap((kind) => Array.from({ length: options.mix[kind] }, () => kind));
  }

  next(): Call {
    const parent = this.parentsLeft.pop();
    if (parent !== undefined) return { kind: "create", path: parent, data: "", mode: "persistent" };
    const path = this.register();
    switch (this.dice.pick(this.kinds)) {
      case "set":
        return this.setOrCreate(path, -1);
      case "compare-and-set":
      case "counter":
        return this.setOrCreate(path, this.versions.get(path) ?? 0);
      case "get":
        return { kind: "get", path, watch: false, isLinearizable: false };
      case "linearizable-get":
        return { kind: "get", path, watch: false, isLinearizable: true };
      case "watch":
        return { kind: "get", path, watch: true, isLinearizable: false };
      case "children":
        return { kind: "children", path: this.dice.pick(["/", ...PARENTS]) };
      case "sequence":
        return { kind: "create", path: "/q/n-", data: this.value(), mode: "persistent-sequential" };
      case "ephemeral":
        return this.dice.chance(0.5)
          ? { kind: "create", path: "/e/n-", data: this.value(), mode: "ephemeral-sequential" }
          : { kind: "create", path: `/e/c${this.client}`, data: this.value(), mode: "ephemeral" };
      case "delete":
        return { kind: "delete", path: this.own.pop() ?? path, version: -1 };
      case "multi":
        return this.transfer(path, this.register());
      case "sync":
        return { kind: "sync" };
      case "close":
        return { kind: "close-session" };
    }
  }

  /** What every client has to get through in the end. */
  last(): Call {
    return { kind: "create", path: `/last-${this.client}-${this.values++}`, data: "", mode: "persistent" };
  }

  sawVersion(path: string, version: number): void {
    this.versions.set(path, version);
  }

  created(path: string): void {
    this.own.push(path);
  }

  missing(path: string): void {
    if ((PARENTS as readonly string[]).includes(path)) this.parentsLeft.push(path);
    this.versions.delete(path);
  }

  private setOrCreate(path: string, version: number): Call {
    const isKnown = this.versions.has(path);
    if (!isKnown && this.dice.chance(0.5)) return { kind: "create", path, data: this.value(), mode: "persistent" };
    return { kind: "set", path, data: this.value(), version };
  }

  /** Takes effect in both places or in none. */
  private transfer(from: string, to: string): Call {
    const calls: Call[] = [{ kind: "set", path: from, data: this.value(), version: this.versions.get(from) ?? -1 }];
    if (this.dice.chance(0.3)) calls.push({ kind: "create", path: "/q/m-", data: "", mode: "persistent-sequential" });
    calls.push({ kind: "set", path: to, data: this.value(), version: -1 });
    return { kind: "multi", calls };
  }

  private register(): string {
    return `/r${this.dice.below(this.options.registers)}`;
  }

  /** No value is written twice. */
  private value(): string {
    const text = `c${this.client}v${this.values++}`;
    return text.padEnd(this.dice.below(this.options.valueMaxBytes), ".");
  }
}
