/** Where a session's connection is on its way. */
export type Phase =
  | { readonly kind: "pausing"; readonly untilMs: number }
  /** Until the server has answered the connect request, which leaves as soon as the link is open (`sentMs`). */
  | {
      readonly kind: "dialing";
      readonly link: number;
      readonly address: string;
      readonly untilMs: number;
      sentMs: number | null;
    }
  | {
      readonly kind: "serving";
      readonly link: number;
      readonly address: string;
      readonly sinceMs: number;
    }
  | { readonly kind: "over" };
