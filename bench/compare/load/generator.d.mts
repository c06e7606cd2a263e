export function generatorArguments(
  load: Readonly<Record<string, unknown>>,
  addresses: readonly string[],
  pids: readonly number[],
): string[];
export function generate(
  load: Readonly<Record<string, unknown>>,
  addresses: readonly string[],
  pids?: readonly number[],
): Promise<Readonly<Record<string, unknown>>>;
export function judge<T extends Readonly<Record<string, number>>>(
  run: T,
): T & { readonly cpu_others: number; readonly disturbed: boolean };
