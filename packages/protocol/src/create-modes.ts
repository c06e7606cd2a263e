/** What a create makes. Source: client-protocol.md, section 4.1. */
export type CreateMode =
  | "PERSISTENT"
  | "EPHEMERAL"
  | "PERSISTENT_SEQUENTIAL"
  | "EPHEMERAL_SEQUENTIAL"
  | "CONTAINER"
  | "PERSISTENT_WITH_TTL"
  | "PERSISTENT_SEQUENTIAL_WITH_TTL";

export interface CreateModeTraits {
  /** The number in the `flags` of a create request. */
  readonly flags: number;
  readonly ephemeral: boolean;
  readonly sequential: boolean;
  readonly container: boolean;
  readonly ttl: boolean;
}

/** Every mode with its wire number. Modes 0..3 go with create and create2, 4 with createContainer, 5 and 6 with createTTL. */
export const CREATE_MODES: Readonly<Record<CreateMode, CreateModeTraits>> = Object.freeze({
  PERSISTENT: { flags: 0, ephemeral: false, sequential: false, container: false, ttl: false },
  EPHEMERAL: { flags: 1, ephemeral: true, sequential: false, container: false, ttl: false },
  PERSISTENT_SEQUENTIAL: { flags: 2, ephemeral: false, sequential: true, container: false, ttl: false },
  EPHEMERAL_SEQUENTIAL: { flags: 3, ephemeral: true, sequential: true, container: false, ttl: false },
  CONTAINER: { flags: 4, ephemeral: false, sequential: false, container: true, ttl: false },
  PERSISTENT_WITH_TTL: { flags: 5, ephemeral: false, sequential: false, container: false, ttl: true },
  PERSISTENT_SEQUENTIAL_WITH_TTL: { flags: 6, ephemeral: false, sequential: true, container: false, ttl: true },
});

/** Indexed by flags. */
const MODE_OF_FLAGS: readonly CreateMode[] = (Object.keys(CREATE_MODES) as CreateMode[]).toSorted(
  (left, right) => CREATE_MODES[left].flags - CREATE_MODES[right].flags,
);

/** The mode of a `flags` number, or undefined where ZooKeeper answers BADARGUMENTS. */
export function createModeOfFlags(flags: number): CreateMode | undefined {
  return MODE_OF_FLAGS[flags];
}

/** The longest time to live, in milliseconds: 40 bits. The shortest is 1. */
export const TTL_MAX_MS: number = 0xff_ffff_ffff;
