export function countSyncs(pids: readonly number[], directory: string): Promise<{ end(): Promise<number[]> }>;
