import type { Mutant } from "./mutants.mjs";

export function compiledFileOf(mutant: Mutant): string;
export function plant(mutant: Mutant, text: string): string;
