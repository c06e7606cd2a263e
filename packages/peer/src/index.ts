export { acceptLink, dialLink, type LinkHandler, type LinkOptions, type PeerLink } from "./link/link-handshake.ts";
export { type LiveLink, type LiveLinkOptions, LiveLinks } from "./link/live-links.ts";
export type { Refusal } from "./link/verdict.ts";
