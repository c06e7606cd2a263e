export function checkCall(origin: string, path: string, body: Uint8Array): Promise<void>;
