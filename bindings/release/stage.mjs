/**
 * The packages as they are published, as folders in `out/release`: `cellgate`, with WebAssembly and scripts, and one for the
 * addon of each platform, which the first has as optional dependencies. npm installs the one that fits.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../build/paths.mjs';
import { BuildError, output } from '../build/process.mjs';
import { fileOf, packageOf, TARGETS } from './targets.mjs';

const OUT = inRoot('out/release');
/** What concerns this repository alone. */
const PRIVATE_FIELDS = ['scripts', 'devDependencies', 'overrides', 'napi'];
const LEGAL = ['LICENSE-MIT', 'LICENSE-APACHE', 'dist/third-party-licenses.txt', 'dist/sbom.cdx.json'];

const readManifest = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

/** Where the sources lie, by the variables of GitHub's workflows: npm holds it against the provenance. Undefined elsewhere. */
export function repository({ GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env) {
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY) return undefined;
  return { type: 'git', url: `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git` };
}

function writeManifest(folder, manifest) {
  const text = JSON.stringify({ ...manifest, repository: repository() }, null, 2);
  writeFileSync(path.join(folder, 'package.json'), `${text}\n`);
}

function copy(folder, files) {
  for (const file of files) cpSync(inRoot(file), path.join(folder, file));
}

/** The files that npm would pack here, without the addon. */
function packedFiles() {
  const listed = output('npm', ['pack', '--dry-run', '--json', '--loglevel', 'error']);
  if (listed === undefined) throw new BuildError('npm pack failed');
  const [{ files }] = JSON.parse(listed);
  return files.map((file) => file.path).filter((file) => !/\.node$|^package\.json$/.test(file));
}

function stageMain() {
  const folder = path.join(OUT, 'cellgate');
  mkdirSync(folder, { recursive: true });
  copy(folder, packedFiles());
  const manifest = readManifest();
  for (const field of PRIVATE_FIELDS) delete manifest[field];
  manifest.optionalDependencies = Object.fromEntries(
    TARGETS.map((target) => [packageOf(target), manifest.version]),
  );
  writeManifest(folder, manifest);
  return folder;
}

function stageAddon({ target, file }) {
  const { os, cpu, libc } = target;
  const folder = path.join(OUT, packageOf(target));
  mkdirSync(folder, { recursive: true });
  copy(folder, LEGAL);
  cpSync(file, path.join(folder, fileOf(target)));
  writeFileSync(
    path.join(folder, 'README.md'),
    `# ${packageOf(target)}\n\nThe native addon of [cellgate](https://www.npmjs.com/package/cellgate) for ${target.name}.\n`,
  );
  const { version, license, engines } = readManifest();
  writeManifest(folder, {
    name: packageOf(target),
    version,
    description: `The native addon of cellgate for ${target.name}`,
    license,
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    main: fileOf(target),
    files: [fileOf(target), ...LEGAL],
  });
  return folder;
}

/**
 * @param addons `{ target, file }` of each that is there
 * @returns the folders in the order of publication: who installs the last one finds the others
 */
export function stage(addons) {
  rmSync(OUT, { recursive: true, force: true });
  return [...addons.map(stageAddon), stageMain()];
}
