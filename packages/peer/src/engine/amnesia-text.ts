/** For whoever sees that a peer does not serve, and does not know why. */
export const AMNESIA_TEXT: string =
  "this peer may have forgotten what it promised, and counts in no quorum until a majority of the voters, without such peers, has told " +
  "it everything: start the others; if no such majority is left, put back each voter's own copy, without any repair";
