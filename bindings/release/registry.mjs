/** What the npm registry has already. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { output } from '../build/process.mjs';

/** Whether the package of a folder is published in its version, which can be done only once. */
export function isPublished(folder) {
  const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return output('npm', ['view', `${name}@${version}`, 'version']) === version;
}
