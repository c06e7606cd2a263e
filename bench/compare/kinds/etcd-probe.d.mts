export function longestGap(times: readonly number[], fromMs: number, untilMs: number): number;
