export interface Target {
  readonly ratioAtMost?: number;
  readonly ratioAtLeast?: number;
  readonly atMost?: number;
  /** Of the ratio of the two p99. */
  readonly p99?: number;
}

export const TARGETS: Readonly<Record<string, Target>>;
export const ETCD_TARGETS: Readonly<Record<string, Target>>;
