/**
 * What the machine can do at most: multiply-adds per second of one thread, and bytes per second from memory of growing size.
 * Measured by an example program of the kernels, where they have one, or read from the file that `CELLGATE_ROOFLINE` names.
 * Either gives `{ isa, gflops, bandwidth: [{ bytes, gbps }] }`, or a list with one for each instruction set. WebAssembly's peak is
 * measured here, its bandwidth not.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRecord } from './record.mjs';
import { wasmPeaks } from './roofline-wasm.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PROGRAM = 'crates/kernels/examples/roofline.rs';

function measured() {
  if (process.env.CELLGATE_ROOFLINE) return readRecord(process.env.CELLGATE_ROOFLINE);
  if (!existsSync(`${ROOT}${PROGRAM}`)) return [];
  const args = ['run', '--quiet', '--release', '-p', 'cellgate-kernels', '--example', 'roofline'];
  return JSON.parse(execFileSync('cargo', [...args, '--', '--json'], { cwd: ROOT, encoding: 'utf8' }));
}

/** A list, with WebAssembly's peaks and without what is not known. */
export const roofline = () => [measured(), wasmPeaks()].flat();

/** Bytes per second of the largest memory measured that is no larger, in billions. */
function bandwidthOf({ bandwidth = [] }, bytes) {
  const sorted = [...bandwidth].sort((a, b) => a.bytes - b.bytes);
  return (sorted.findLast((entry) => entry.bytes <= bytes) ?? sorted[0])?.gbps;
}

/**
 * Shares of the peak and of the bandwidth that a work's weights alone take, of one thread.
 * @returns `{ peakShare, bandwidthShare }`, empty where the roofline of the instruction set is not known
 */
export function sharesOf(rooflines, { isa, isThreaded }, { flops, weightBytes, residentBytes }, ms) {
  const roof = rooflines.find((own) => own.isa === isa);
  if (!roof || isThreaded) return {};
  const gbps = bandwidthOf(roof, residentBytes);
  return {
    peakShare: flops / ms / 1e6 / roof.gflops,
    ...(gbps && { bandwidthShare: weightBytes / ms / 1e6 / gbps }),
  };
}
