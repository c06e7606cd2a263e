/** Of this package, as its package.json says it: a test compares the two. */
export const VERSION = "0.1.0";

/** ZooKeeper's version whose four-letter words and protocol this is, then ours, in the form that clients parse. */
export const SERVER_VERSION: string = `3.9.5-coterie-${VERSION}, built on 2026-11-23 00:00 UTC`;
