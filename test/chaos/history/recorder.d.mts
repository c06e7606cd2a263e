export function nowMs(): number;

export class Recorder {
  constructor(path: string);
  write(event: object): void;
  close(): void;
}
