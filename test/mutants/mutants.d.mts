export interface Mutant {
  readonly name: string;
  readonly kind: "safety" | "client" | "liveness";
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
  readonly scenario?: { readonly file: string; readonly test: string };
}

export const MUTANTS: readonly Mutant[];
