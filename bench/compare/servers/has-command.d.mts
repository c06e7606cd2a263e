/** Whether a shell would find it. */
export function hasCommand(name: string): boolean;
