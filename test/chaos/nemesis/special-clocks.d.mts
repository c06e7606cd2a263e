export function setClockOffset(file: string, offsetMs: number): void;
export function createClock(file: string): void;
export function readClockOffset(file: string): number;
