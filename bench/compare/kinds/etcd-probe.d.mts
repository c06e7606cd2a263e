export function longestGap(times: readonly number[]): number;
