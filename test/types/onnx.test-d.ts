/** Types of ONNX networks and of tensors of int64. */
import { type Tensor, tensor } from 'cellgate';
import { loadOnnx, type OnnxNetwork } from 'cellgate/onnx';
import { expectTypeOf, test } from 'vitest';

const bytes = new Uint8Array(0);

test('tensors of int64 hold bigints', () => {
  expectTypeOf(tensor(BigInt64Array.of(1n))).toEqualTypeOf<Tensor<[number], 'int64'>>();
  expectTypeOf(tensor(new BigInt64Array(6), [2, 3])).toEqualTypeOf<Tensor<[2, 3], 'int64'>>();
  expectTypeOf(tensor(new BigInt64Array(6), [2, 3]).toArray()).toEqualTypeOf<bigint[][]>();
});

test('outputs are float32 unless the caller says what they are', () => {
  expectTypeOf(loadOnnx(bytes).run({})).toEqualTypeOf<Readonly<Record<string, Tensor>>>();
  type Outputs = { output: Tensor; ids: Tensor<number[], 'int64'> };
  expectTypeOf(loadOnnx<Outputs>(bytes)).toEqualTypeOf<OnnxNetwork<Outputs>>();
  expectTypeOf(loadOnnx<Outputs>(bytes).run({}).ids.data).toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
});

test('inputs are tensors', () => {
  loadOnnx(bytes).run({ x: tensor([1]), sr: tensor(BigInt64Array.of(16000n), []) });
  // @ts-expect-error: an array
  loadOnnx(bytes).run({ x: [1] });
});
