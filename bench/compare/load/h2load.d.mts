export function grpcBody(call: "put" | "serializable" | "linearizable", size: number): Buffer;
export function parseSummary(text: string): { readonly rate: number; readonly errors: number };
export function parseLog(text: string): number[];
export function latenciesOf(times: readonly number[]): Readonly<Record<string, number | null>>;
