export interface Mutant {
  readonly name: string;
  readonly kind: "safety" | "client" | "liveness" | "recipe";
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
  readonly scenario?: { readonly file: string; readonly test: string };
  /** Options of the simulator in place of those that a seed draws. */
  readonly world?: Readonly<Record<string, number>>;
}

export const MUTANTS: readonly Mutant[];
