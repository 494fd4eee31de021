/**
 * The file of the native addon: the one that was built here, beside the script (`dist/native`), or that of the package for
 * this platform, which npm installs as an optional dependency (`cellgate-linux-x64-gnu`).
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../errors.js';

declare const VERSION_MARK: string;
const [VERSION] = VERSION_MARK.split(' ');

/** The addon as its own declarations have it, which the compiler holds against what the adapter expects. */
export type Addon = typeof import('../native/cellgate.js');

const load = createRequire(import.meta.url);

/** Deno has variables only where they are allowed. */
export function environmentVariable(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

const LINUX_ABIS: Record<string, readonly string[]> = { arm: ['gnueabihf', 'musleabihf'] };

/** Names that the napi tools give to the addon for this platform. */
function platformNames(): string[] {
  const { platform, arch } = process;
  if (platform === 'win32') return [`win32-${arch}-msvc`];
  if (platform === 'darwin') return [`darwin-${arch}`, 'darwin-universal'];
  if (platform !== 'linux') return [`${platform}-${arch}`];
  return (LINUX_ABIS[arch] ?? ['gnu', 'musl']).map((abi) => `linux-${arch}-${abi}`);
}

function runsOnMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report !== undefined && report.header?.glibcVersionRuntime === undefined;
}

function isInstalled(name: string): boolean {
  try {
    load.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** What there is to load: paths, and names of packages. Of two C libraries, the running one's first. */
function candidates(): string[] {
  // For the tests of the fallback: a path to load in place of the package's own addon.
  const override = environmentVariable('CELLGATE_NATIVE_PATH');
  if (override !== undefined) return [override];
  const names = platformNames();
  const paths = names.map((name) =>
    fileURLToPath(new URL(`../native/cellgate.${name}.node`, import.meta.url)),
  );
  const packages = names.map((name) => `cellgate-${name}`);
  const existing = [...paths.filter((path) => existsSync(path)), ...packages.filter(isInstalled)];
  if (existing.length === 0) {
    throw new Error(`no addon for this platform: ${[...paths, ...packages].join(', ')} not found`);
  }
  // The report takes milliseconds, so it is made only where there is something to choose.
  return existing.length > 1 && process.platform === 'linux' && runsOnMusl() ? existing.reverse() : existing;
}

function isAddon(loaded: unknown): loaded is Addon {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    'rawInit' in loaded &&
    'rawLimitMemory' in loaded &&
    'RawModule' in loaded
  );
}

/** Packages may be of another version where someone installed them by hand, or from an old lockfile. */
function checkVersion(name: string): void {
  if (!name.startsWith('cellgate-')) return;
  const { version } = load(`${name}/package.json`) as { version?: unknown };
  if (version !== VERSION) throw new Error(`${name} must be of version ${VERSION}, got ${String(version)}`);
}

/**
 * The first addon that loads.
 * @throws Error with the reason of each that does not
 */
export function loadAddon(): Addon {
  const reasons: string[] = [];
  for (const name of candidates()) {
    try {
      checkVersion(name);
      const loaded: unknown = load(name);
      if (isAddon(loaded)) {
        // A container's limit; 0 or more than the machine has, where there is none.
        const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
        loaded.rawLimitMemory(Math.min(totalmem(), limit));
        return loaded;
      }
      reasons.push(`${name}: not an addon of cellgate`);
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  throw new Error(reasons.join('; '));
}
