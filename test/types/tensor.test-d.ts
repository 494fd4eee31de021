import { type NestedArrays, type Shape, Tensor, tensor } from 'cellgate';
import { describe, expectTypeOf, it } from 'vitest';

const values = new Float32Array(24);
const ids = new Int32Array(24);
const sizes: number[] = [2, 3, 4];
const batch: number = sizes.length;

describe('tensor', () => {
  it('knows the literal sizes of a shape', () => {
    expectTypeOf(tensor(values, [2, 3, 4])).toEqualTypeOf<Tensor<[2, 3, 4], 'float32'>>();
    expectTypeOf(tensor(ids, [2, 12])).toEqualTypeOf<Tensor<[2, 12], 'int32'>>();
    expectTypeOf(tensor(values, [2, 3, 4] as const)).toEqualTypeOf<Tensor<[2, 3, 4]>>();
    expectTypeOf(tensor(new Float32Array(1), [])).toEqualTypeOf<Tensor<[]>>();
  });

  it('leaves sizes of run time open', () => {
    expectTypeOf(tensor(values, [batch, 3, 4])).toEqualTypeOf<Tensor<[number, 3, 4]>>();
    expectTypeOf(tensor(values, sizes)).toEqualTypeOf<Tensor<number[]>>();
    expectTypeOf(tensor(values)).toEqualTypeOf<Tensor<[number], 'float32'>>();
    expectTypeOf(tensor(ids)).toEqualTypeOf<Tensor<[number], 'int32'>>();
  });

  it('infers the shape of nested arrays', () => {
    const rows = [[1, 2], sizes];
    expectTypeOf(tensor([1, 2, 3])).toEqualTypeOf<Tensor<[3]>>();
    expectTypeOf(tensor([[[1], [2]]])).toEqualTypeOf<Tensor<[1, 2, 1]>>();
    expectTypeOf(tensor([[1, 2, 3]], undefined, 'int32')).toEqualTypeOf<Tensor<[1, 3], 'int32'>>();
    expectTypeOf(tensor([1, 2, 3, 4], [2, 2])).toEqualTypeOf<Tensor<[2, 2]>>();
    expectTypeOf(tensor(rows)).toEqualTypeOf<Tensor<[number, number]>>();
  });

  it('ties the array to the data type', () => {
    expectTypeOf(tensor(values, [24]).data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(tensor(ids, [24]).data).toEqualTypeOf<Int32Array<ArrayBuffer>>();
    expectTypeOf(tensor(ids, [24]).dtype).toEqualTypeOf<'int32'>();
    expectTypeOf(new Tensor<[24], 'int32'>(ids, [24]).shape).toEqualTypeOf<Readonly<[24]>>();
  });

  it('gives nested arrays of its depth', () => {
    expectTypeOf(tensor(values, [2, 12]).toArray()).toEqualTypeOf<number[][]>();
    expectTypeOf(tensor(new Float32Array(1), []).toArray()).toEqualTypeOf<number>();
    expectTypeOf(tensor(values, sizes).toArray()).toEqualTypeOf<NestedArrays>();
  });

  it('fits where any tensor of its data type does, and no other', () => {
    expectTypeOf(tensor(values, [2, 12])).toExtend<Tensor>();
    expectTypeOf(tensor(values, [2, 12])).toExtend<Tensor<[number, number]>>();
    expectTypeOf(tensor(ids, [2, 12])).toExtend<Tensor<Shape, 'int32' | 'float32'>>();
    expectTypeOf(tensor(ids, [2, 12])).not.toExtend<Tensor>();
    expectTypeOf(tensor(values, [2, 12])).not.toExtend<Tensor<[2, 13]>>();
    expectTypeOf(tensor(values, [2, 12])).not.toExtend<Tensor<[2, 12, 1]>>();
    expectTypeOf(tensor(values, sizes)).not.toExtend<Tensor<[2, 12]>>();
  });

  it('does not compile with other data', () => {
    // @ts-expect-error: doubles
    tensor(new Float64Array(24), [24]);
    // @ts-expect-error: text
    tensor(['1', '2']);
    // @ts-expect-error: an unknown data type
    tensor([1, 2], undefined, 'float64');
    // @ts-expect-error: a bare number
    tensor(5);
    // @ts-expect-error: a size that is no number
    tensor(values, ['24']);
  });

  it('cannot be changed', () => {
    const x = tensor(values, [2, 12]);
    // @ts-expect-error: read-only
    x.dtype = 'float32';
    // @ts-expect-error: read-only
    x.shape[0] = 2;
  });
});
