/**
 * ZooKeeper's operations by name: the `type` of a request header. The names are the `kind` of request and response
 * bodies. Source: client-protocol.md, section 4.
 *
 * A client never sends `notification` (the server's watch events), and the server-internal `deleteContainer`,
 * `createSession` and `error`; `check` only stands inside a multi.
 */
export const OPCODES = {
  notification: 0,
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getACL: 6,
  setACL: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  deleteContainer: 20,
  createTTL: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  createSession: -10,
  closeSession: -11,
  error: -1,
} as const;

export type OpcodeName = keyof typeof OPCODES;
export type Opcode = (typeof OPCODES)[OpcodeName];

const NAME_OF_OPCODE: ReadonlyMap<number, OpcodeName> = new Map(
  (Object.keys(OPCODES) as OpcodeName[]).map((name) => [OPCODES[name], name] as const),
);

/** The name of an operation, or undefined for a number that is no opcode. */
export function opcodeName(type: number): OpcodeName | undefined {
  return NAME_OF_OPCODE.get(type);
}

export function isOpcode(type: number): type is Opcode {
  return NAME_OF_OPCODE.has(type);
}
