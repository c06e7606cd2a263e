export function quantilesOf(values: readonly number[], shares: readonly number[]): (number | null)[];
export function medianOf(values: readonly number[]): number | null;
