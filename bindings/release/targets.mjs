/**
 * Platforms that have an addon. `name` is what the napi tools call it: the addon is `cellgate.NAME.node`, its package
 * `cellgate-NAME`. The workflow `release.yml` has a machine for each.
 */
const linux = (arch, libc, triple) => ({
  name: `linux-${arch}-${libc === 'glibc' ? 'gnu' : 'musl'}`,
  triple,
  os: 'linux',
  cpu: arch,
  libc,
});

export const TARGETS = [
  linux('x64', 'glibc', 'x86_64-unknown-linux-gnu'),
  linux('arm64', 'glibc', 'aarch64-unknown-linux-gnu'),
  linux('x64', 'musl', 'x86_64-unknown-linux-musl'),
  linux('arm64', 'musl', 'aarch64-unknown-linux-musl'),
  { name: 'darwin-x64', triple: 'x86_64-apple-darwin', os: 'darwin', cpu: 'x64' },
  { name: 'darwin-arm64', triple: 'aarch64-apple-darwin', os: 'darwin', cpu: 'arm64' },
  { name: 'win32-x64-msvc', triple: 'x86_64-pc-windows-msvc', os: 'win32', cpu: 'x64' },
  { name: 'win32-arm64-msvc', triple: 'aarch64-pc-windows-msvc', os: 'win32', cpu: 'arm64' },
];

export const fileOf = ({ name }) => `cellgate.${name}.node`;
export const packageOf = ({ name }) => `cellgate-${name}`;
