export { acceptLink, dialLink, type LinkHandler, type LinkOptions, type PeerLink } from "./link/link-handshake.ts";
export type { LiveLink, LiveLinkOptions } from "./link/live-link.ts";
export { LiveLinks } from "./link/live-links.ts";
export type { Objection } from "./link/seat.ts";
export type { Refusal } from "./link/verdict.ts";
export { createPeer } from "./create-peer.ts";
export { FOUR_LETTER_WORDS } from "./zookeeper-port/words/answer-word.ts";
export type * from "./options.ts";
export type * from "./peer.ts";
