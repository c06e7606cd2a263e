export function executionsOf(output: string): number;
