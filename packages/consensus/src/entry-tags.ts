/** What an entry is to consensus: a txn of the state machine, or a voter set. */
export const TAG_TXN = 0;
export const TAG_CONFIG = 1;
