/**
 * The publication on npm.
 *
 *     npm run release                  # a dry run: builds what can be built here, packs and checks all, publishes nothing
 *     node bindings/release.mjs stage  # the packages in out/release, with the addon of this machine alone
 *     node bindings/release.mjs addon NAME ...
 *     node bindings/release.mjs publish
 *
 * `publish` refuses to begin unless the addons of all platforms are in out/addons and the repository is known. What is published
 * already it leaves out, so that it can be started again. The workflow `release.yml` builds each addon with `addon` on a machine
 * that can.
 */

import path from 'node:path';
import { BuildError, run } from './build/process.mjs';
import { buildAddon, localAddon, releasedAddon } from './release/addons.mjs';
import { isPublished } from './release/registry.mjs';
import { repository, stage } from './release/stage.mjs';
import { TARGETS } from './release/targets.mjs';

function targetOf(name) {
  const found = TARGETS.find((target) => target.name === name);
  if (found) return found;
  throw new BuildError(
    `unknown platform '${name}', use one of: ${TARGETS.map((target) => target.name).join(', ')}`,
  );
}

/** Builds an addon or gives the reason why it cannot be built here. */
function tryAddon(target) {
  try {
    return buildAddon(target);
  } catch (error) {
    if (error instanceof BuildError) return error.message;
    throw error;
  }
}

/** Targets with their addons, where `fileOf` finds one. */
const withAddons = (fileOf) =>
  TARGETS.map((target) => ({ target, file: fileOf(target) })).filter(({ file }) => file !== undefined);

const anyAddon = (target) => releasedAddon(target) ?? localAddon(target);

/** Builds the addons that are not there; tells which cannot be built here. */
function buildMissing() {
  for (const target of TARGETS.filter((each) => anyAddon(each) === undefined)) {
    const reason = tryAddon(target);
    console.log(`release: ${target.name} ${reason === undefined ? 'built' : `NOT BUILT: ${reason}`}`);
  }
}

function publish(folders, ...flags) {
  for (const folder of folders) {
    console.log(`release: ${path.basename(folder)}`);
    run('npm', ['publish', folder, '--access', 'public', ...flags], {}, 'npm publish');
  }
}

const COMMANDS = {
  'dry-run': () => {
    buildMissing();
    publish(stage(withAddons(anyAddon)), '--dry-run');
  },
  stage: () => {
    stage(withAddons(localAddon));
  },
  addon: (...names) => {
    for (const target of names.map(targetOf)) {
      const reason = buildAddon(target);
      if (reason !== undefined) throw new BuildError(`${target.name} cannot be built: ${reason}`);
    }
  },
  publish: () => {
    if (!repository()) {
      throw new BuildError('the repository must be told by GITHUB_SERVER_URL and GITHUB_REPOSITORY');
    }
    const missing = TARGETS.filter((target) => releasedAddon(target) === undefined);
    if (missing.length > 0) {
      throw new BuildError(`addons are missing: ${missing.map((target) => target.name).join(', ')}`);
    }
    const folders = stage(withAddons(releasedAddon));
    publish(
      folders.filter((folder) => !isPublished(folder)),
      '--provenance',
    );
  },
};

const [name = 'dry-run', ...args] = process.argv.slice(2);
try {
  const command = COMMANDS[name];
  if (!command)
    throw new BuildError(`unknown command '${name}', use one of: ${Object.keys(COMMANDS).join(', ')}`);
  command(...args);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
