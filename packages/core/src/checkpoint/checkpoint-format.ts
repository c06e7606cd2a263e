/**
 * The form of a checkpoint's pages. A page is a version byte and then records, each a kind byte and its fields
 * as jute writes them. It can be read without any other page. Znodes are named by id, parents too, so records
 * may come in any order, and the record of a later page replaces that of an earlier one.
 *
 * An ACL stands in the page that first needs it: the index of a list that the page holds already, or the next
 * free index and the list itself (null for the open ACL).
 */
export const PAGE_VERSION = 1;

export const ZNODE_RECORD = 1;
export const ZNODE_GONE_RECORD = 2;
export const SESSION_RECORD = 3;
export const SESSION_GONE_RECORD = 4;

/** Set where a field equals what it nearly always equals, and is left out. */
export const MZXID_IS_CZXID = 1;
export const PZXID_IS_CZXID = 2;
export const MTIME_IS_CTIME = 4;
export const VERSIONS_ARE_ZERO = 8;
export const OWNER_IS_NONE = 16;
