import type { History } from "./operation.d.mts";

export function readHistory(directory: string): History;
