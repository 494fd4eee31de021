/** The most multiply-adds per second that a WebAssembly module does: chains of them in registers, on one thread. */

import binaryen from 'binaryen';

/** As many as hide the latency and still fit the registers. */
const CHAINS = 12;
const FLOPS = CHAINS * 4 * 2;
const TURNS = 1e5;
/** Enough for V8 to have its best code in most. */
const SAMPLES = 300;

/** sum = sum * scale + scale, which stays small for scales below 1. */
const MULTIPLY_ADD = {
  simd128: (sum) => `(f32x4.add (f32x4.mul ${sum} (local.get $scale4)) (local.get $scale4))`,
  relaxed: (sum) => `(f32x4.relaxed_madd ${sum} (local.get $scale4) (local.get $scale4))`,
};

/** The sums are added up at the end, lest a compiler see that nobody wants them. */
function moduleText(multiplyAdd) {
  const chains = Array.from({ length: CHAINS }, (_, index) => `$sum${index}`);
  const get = (name) => `(local.get ${name})`;
  const total = chains.map(get).reduce((left, right) => `(f32x4.add ${left} ${right})`);
  const steps = chains.map((name) => `(local.set ${name} ${multiplyAdd(get(name))})`);
  return `(module (func (export "run") (param $turns i32) (param $scale f32) (result f32)
    ${[...chains, '$scale4'].map((name) => `(local ${name} v128)`).join(' ')}
    (local.set $scale4 (f32x4.splat (local.get $scale)))
    (loop $again ${steps.join(' ')}
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
    (f32x4.extract_lane 0 ${total})))`;
}

function compile(isa) {
  const module = binaryen.parseText(moduleText(MULTIPLY_ADD[isa]));
  module.setFeatures(binaryen.Features.SIMD128 | binaryen.Features.RelaxedSIMD);
  const bytes = module.emitBinary();
  module.dispose();
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.run;
}

function peak(isa) {
  const run = compile(isa);
  const samples = Array.from({ length: SAMPLES }, () => {
    const start = performance.now();
    run(TURNS, 0.5);
    return performance.now() - start;
  });
  return { isa, gflops: (FLOPS * TURNS) / Math.min(...samples) / 1e6 };
}

/** `{ isa, gflops }` of each instruction set that runs here. */
export function wasmPeaks() {
  return Object.keys(MULTIPLY_ADD).flatMap((isa) => {
    try {
      return [peak(isa)];
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
      return [];
    }
  });
}
