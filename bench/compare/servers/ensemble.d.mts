/** Servers of one product on this machine, each a process. */
export class Ensemble {
  /** On an empty directory; nothing is started yet. */
  static create(product: { readonly name: string; readonly portsEach: number }, members: number): Promise<Ensemble>;
  /** Serving. */
  static start(product: { readonly name: string; readonly portsEach: number }, members: number): Promise<Ensemble>;
  readonly directory: string;
  /** Those for clients. */
  readonly addresses: readonly string[];
  /** Bytes that all files take. */
  diskBytes(): Promise<number>;
  end(): Promise<void>;
}
