/**
 * The xids with a meaning of their own; ordinary requests use 1 and up. A server echoes whatever xid arrived, except
 * that a ping is always answered with `XID_PING`. Source: client-protocol.md, section 3.
 */

/** Server to client: a watch event, not an answer. */
export const XID_NOTIFICATION: number = -1;
export const XID_PING: number = -2;
/** An auth packet and its answer. */
export const XID_AUTH: number = -4;
/** The C client's setWatches and setWatches2; other clients use ordinary xids for them. */
export const XID_SET_WATCHES: number = -8;
/**
 * Coterie's own, server to client, a reply header and nothing else: this server goes, and has taken nothing of what it has not
 * answered. The client asks another one, and whatever it asked for here and has no answer to it may ask for again. Sent only to who
 * has shown `PROTOCOL_VERSION_COTERIE`, as the last frame of its connection. Far from the numbers that ZooKeeper takes.
 */
export const XID_GOODBYE: number = -1_000;
/**
 * Coterie's own, client to server with the opcode of a ping, and back as `ProbeAnswer`: whether anybody is there. It is answered at once,
 * says nothing about the session and does not keep it alive. Between two ends that have shown `PROTOCOL_VERSION_COTERIE`.
 */
export const XID_PROBE: number = -1_001;

/**
 * In the head of the answer to a ping, in place of a zxid, from a Coterie peer: the connection holds, but the peer has no leader that could
 * have heard of the session.
 */
export const ZXID_UNPROVEN = -1;
