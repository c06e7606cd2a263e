/**
 * The bits of an ACL's `perms`. ZooKeeper does not validate them: 0 and unknown bits may stand in an ACL.
 * Source: client-protocol.md, section 8.
 */
export const PERMISSIONS = {
  READ: 1,
  WRITE: 2,
  CREATE: 4,
  DELETE: 8,
  ADMIN: 16,
  ALL: 31,
} as const;

export type Permission = Exclude<keyof typeof PERMISSIONS, "ALL">;
