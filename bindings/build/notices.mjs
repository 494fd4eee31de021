/**
 * What others wrote and the package holds: a bill of materials (CycloneDX) and the texts of their licences.
 *
 * Counted are the Rust crates that are linked, on any platform, and the npm packages whose code is in the scripts. Macros and
 * build scripts run at compile time and are not in the package.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DIST, inRoot } from './paths.mjs';
import { BuildError, output } from './process.mjs';
import { filesBelow, step } from './step.mjs';
import { rustVersion } from './tools.mjs';
import { packageVersion } from './version-mark.mjs';

const OUT = ['sbom.cdx.json', 'third-party-licenses.txt'].map((name) => path.join(DIST, name));
const LICENCE_FILE = /^(licen[cs]e|unlicense|copying|copyright|notice|mit\.txt|apache-2\.0\.txt)/i;

function cargo(...args) {
  const text = output('cargo', args);
  if (text === undefined) throw new BuildError(`cargo ${args[0]} failed`);
  return text;
}

/** What one component is, whatever ecosystem it comes from. */
const component = ({ ecosystem, name, version, license, folder, sha256 }) => ({
  entry: {
    type: 'library',
    name,
    version,
    purl: `pkg:${ecosystem}/${name.replace('@', '%40')}@${version}`,
    licenses: [{ expression: license }],
    ...(sha256 && { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
  },
  folder,
});

function crates() {
  const { packages } = JSON.parse(cargo('metadata', '--format-version', '1', '--locked'));
  const linked = cargo(
    ...['tree', '--locked', '--package', 'cellgate-wasm', '--package', 'cellgate-node', '--target', 'all'],
    ...['--edges', 'normal,no-proc-macro', '--prefix', 'none', '--format', '{p}'],
  );
  const names = new Set(linked.split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')));
  const checksums = new Map(
    [
      ...readFileSync(inRoot('Cargo.lock'), 'utf8').matchAll(
        /name = "(.+)"\nversion = "(.+)"\nsource.*\nchecksum = "(.+)"/g,
      ),
    ].map(([, name, version, sha256]) => [`${name} v${version}`, sha256]),
  );
  return packages
    .filter(({ name, version, source }) => source !== null && names.has(`${name} v${version}`))
    .map(({ name, version, license, manifest_path }) =>
      component({
        ecosystem: 'cargo',
        name,
        version,
        // Older crates separate alternatives by a slash.
        license: license.replaceAll('/', ' OR '),
        folder: path.dirname(manifest_path),
        sha256: checksums.get(`${name} v${version}`),
      }),
    );
}

/** Rust's standard library is in every artefact. */
function standardLibrary() {
  const version = rustVersion().split(' ')[1];
  const folder = path.join(output('rustc', ['--print', 'sysroot']) ?? '', 'share/doc/rust/licenses');
  return component({ ecosystem: 'generic', name: 'rust-std', version, license: 'MIT OR Apache-2.0', folder });
}

/** Packages whose files went into the scripts, by their source maps. */
function bundledPackages() {
  const maps = filesBelow('dist/node', 'dist/browser').filter((file) => file.endsWith('.js.map'));
  const sources = maps.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).sources);
  const names = sources.map((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort().map((name) => {
    const folder = inRoot('node_modules', name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return component({ ecosystem: 'npm', name, version, license, folder });
  });
}

function licenceTexts(folder) {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => LICENCE_FILE.test(file)) : [];
  return files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
}

/** All components with their licences, then each text once with those that came with it. */
function notices(components) {
  const nameOf = ({ entry: { name, version } }) => `${name} ${version}`;
  const holders = new Map();
  for (const component of components) {
    for (const text of licenceTexts(component.folder)) {
      holders.set(text, [...(holders.get(text) ?? []), nameOf(component)]);
    }
  }
  const list = components.map(
    (component) => `${nameOf(component)}: ${component.entry.licenses[0].expression}`,
  );
  const texts = [...holders].map(([text, names]) => `${names.join(', ')}:\n\n${text}`);
  return ['What others wrote and cellgate holds, compiled or bundled.', list.join('\n'), ...texts].join(
    `\n\n${'-'.repeat(80)}\n\n`,
  );
}

export function buildNotices() {
  const files = [inRoot('Cargo.lock'), ...filesBelow('dist/node', 'dist/browser', 'package-lock.json')];
  return step('notices', { files, facts: { rust: rustVersion() } }, () => {
    const components = [standardLibrary(), ...crates(), ...bundledPackages()];
    const version = packageVersion();
    const bill = {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: {
          type: 'library',
          name: 'cellgate',
          version,
          purl: `pkg:npm/cellgate@${version}`,
          licenses: [{ expression: 'MIT OR Apache-2.0' }],
        },
      },
      components: components.map(({ entry }) => entry),
    };
    writeFileSync(OUT[0], `${JSON.stringify(bill, null, 2)}\n`);
    writeFileSync(OUT[1], `${notices(components)}\n`);
    return OUT;
  });
}
