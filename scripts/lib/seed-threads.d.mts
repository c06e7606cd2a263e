export interface Failure {
  readonly seed: number;
  readonly message: string;
}

export interface SeedThreads {
  readonly worker: URL;
  readonly workerData: object;
  readonly jobs: number;
  readonly seeds: number;
  readonly first: number;
  readonly seconds: number;
  readonly batchSeeds: number;
}

export function runSeedThreads<Done extends { readonly failures: readonly Failure[] }>(
  what: SeedThreads,
  take: (done: Done) => void,
): Promise<Failure[]>;
