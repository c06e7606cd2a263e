/** For tests alone: nothing of it is loaded by `coterie` itself. */
export * from "@coterie/testing";
