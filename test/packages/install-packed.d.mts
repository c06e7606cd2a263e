export const root: string;

export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** Runs a JavaScript file with this Node.js; an exit code other than 0 is a result, not a throw. */
export function runNode(file: string, args: readonly string[], cwd?: string): Promise<Finished>;

export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** The files in the tarball, relative to the package. */
  readonly files: readonly string[];
}

/**
 * Packs packages, named by their folders, as `pnpm publish` would, from what stands in `dist` now. Publishing skips the
 * private ones; packing would not.
 */
export function packAll(folder: string, names: readonly string[]): Promise<PackedPackage[]>;

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void;

/**
 * An empty project that has the packed packages installed by npm. The overrides turn each dependency between our packages to
 * its tarball as well; the registry is asked for those of others alone.
 */
export function createProject(folder: string, packages: readonly PackedPackage[]): Promise<void>;
