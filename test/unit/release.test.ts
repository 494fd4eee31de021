/** What a publication asks before it begins. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isPublished } from '../../bindings/release/registry.mjs';
import { repository } from '../../bindings/release/stage.mjs';
import { ROOT } from './examples.js';

describe('the repository', () => {
  it('is that of the workflow, in the form that npm compares', () => {
    const variables = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'owner/name' };
    expect(repository(variables)).toEqual({ type: 'git', url: 'git+https://example.org/owner/name.git' });
    expect(repository({})).toBeUndefined();
  });

  it('must be known: nothing is published without', () => {
    const { GITHUB_SERVER_URL: _, GITHUB_REPOSITORY: __, ...env } = process.env;
    const { status, stderr } = spawnSync(process.execPath, ['bindings/release.mjs', 'publish'], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toBe('release: the repository must be told by GITHUB_SERVER_URL and GITHUB_REPOSITORY\n');
  });
});

describe.skipIf(process.platform === 'win32')('a package', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellgate-registry-'));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('is published if the registry has its version', () => {
    // Answers as npm does, which says nothing of a version that it does not know.
    const answers = '#!/bin/sh\n[ "$*" = "view known@1.2.0 version" ] && echo 1.2.0 || exit 1\n';
    writeFileSync(path.join(folder, 'npm'), answers, { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}${path.delimiter}${process.env.PATH}`);
    const isKnown = (manifest: object) => {
      writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
      return isPublished(folder);
    };
    expect(isKnown({ name: 'known', version: '1.2.0' })).toBe(true);
    expect(isKnown({ name: 'known', version: '1.2.1' })).toBe(false);
  });
});
