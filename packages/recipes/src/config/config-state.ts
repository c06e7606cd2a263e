import { CoterieError } from "@coterie/interface";
import { Readers } from "../changes/readers.ts";
import type { ConfigEvent } from "./config-event.ts";
import type { Verdict } from "./rules.ts";

/** What a configuration is by now. What is told of is newer than what was told before, by zxid. */
export class ConfigState<Output> {
  readonly readers: Readers<ConfigEvent<Output>>;
  /** The last good value. */
  current: { readonly value: Output } | null;
  error: CoterieError | null = null;
  private readonly path: string;
  /** Of the last verdict. */
  private zxid = -1;

  constructor(path: string, initial: Output | undefined) {
    this.path = path;
    this.current = initial === undefined ? null : { value: initial };
    this.readers = new Readers(() => [{ kind: "reset", value: this.current?.value, error: this.error }]);
  }

  /** Whether there is more to say than that it has begun. */
  get hasBegun(): boolean {
    return this.zxid >= 0 || this.error !== null;
  }

  /** Of what was changed by the txn `zxid`, a verdict would say nothing new. */
  isOld(zxid: number): boolean {
    return zxid < this.zxid || (zxid === this.zxid && !this.isMissing);
  }

  /** Nothing where it comes late. */
  apply(verdict: Verdict<Output>, zxid: number): void {
    if (this.isOld(zxid)) return;
    this.zxid = zxid;
    if (verdict.kind === "bad") {
      const { error, issues } = verdict;
      this.error = error;
      this.readers.tell({ kind: "bad", error, issues, zxid });
      return;
    }
    const { value } = verdict;
    const previous = this.current?.value;
    this.error = null;
    this.current = { value };
    this.readers.tell({ kind: "changed", value, previous, zxid });
  }

  missing(): void {
    if (this.isMissing) return;
    const { path } = this;
    this.error = new CoterieError("NO_NODE", `there is no configuration at ${path}`, { path });
    this.readers.tell({ kind: "missing", error: this.error });
  }

  private get isMissing(): boolean {
    return this.error?.code === "NO_NODE";
  }
}
