/** Tensors of a file as values. Other floating-point types become float32. */

import { IS_LITTLE_ENDIAN } from '../buffers.js';
import { brainFloat, half } from '../elements.js';
import { sizes } from '../errors.js';
import { countOf } from '../tensor.js';
import { DATA_TYPE, type TensorProto } from './proto/schema.js';
import type { Report } from './report.js';
import { known, MAX_RANK, type Value, type ValueArray, type ValueType, zeros } from './value.js';

/** What values of a type of file become, and how many bytes each has there. */
interface DataType {
  readonly dtype: ValueType;
  readonly bytes: number;
  /** Reads a value from its bytes. */
  readonly read: (view: DataView, at: number) => number | bigint;
  /** The field for values that are not given as bytes. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData';
  /** The value that an item of that field means, where it is another number. */
  readonly fromItem?: (item: number) => number;
}

const DATA_TYPES: Readonly<Record<number, DataType>> = {
  [DATA_TYPE.FLOAT]: {
    dtype: 'float32',
    bytes: 4,
    read: (view, at) => view.getFloat32(at, true),
    field: 'floatData',
  },
  [DATA_TYPE.DOUBLE]: {
    dtype: 'float32',
    bytes: 8,
    read: (view, at) => view.getFloat64(at, true),
    field: 'doubleData',
  },
  [DATA_TYPE.FLOAT16]: {
    dtype: 'float32',
    bytes: 2,
    read: (view, at) => half(view.getUint16(at, true)),
    field: 'int32Data',
    fromItem: half,
  },
  [DATA_TYPE.BFLOAT16]: {
    dtype: 'float32',
    bytes: 2,
    read: (view, at) => brainFloat(view.getUint16(at, true)),
    field: 'int32Data',
    fromItem: brainFloat,
  },
  [DATA_TYPE.INT32]: {
    dtype: 'int32',
    bytes: 4,
    read: (view, at) => view.getInt32(at, true),
    field: 'int32Data',
  },
  [DATA_TYPE.INT64]: {
    dtype: 'int64',
    bytes: 8,
    read: (view, at) => view.getBigInt64(at, true),
    field: 'int64Data',
  },
  [DATA_TYPE.BOOL]: {
    dtype: 'bool',
    bytes: 1,
    read: (view, at) => Number(view.getUint8(at) !== 0),
    field: 'int32Data',
    fromItem: (item) => Number(item !== 0),
  },
};

/** Name of a type of tensors, by its number in files. */
export function dataTypeName(type: number): string {
  return Object.entries(DATA_TYPE).find(([, number]) => number === type)?.[0] ?? `type ${type}`;
}

/** What values of a type become here; undefined for types that do not run. */
export function valueTypeOf(type: number): ValueType | undefined {
  return DATA_TYPES[type]?.dtype;
}

/** Types whose bytes are those of the array. */
const SAME_BYTES: readonly number[] = IS_LITTLE_ENDIAN
  ? [DATA_TYPE.FLOAT, DATA_TYPE.INT32, DATA_TYPE.INT64]
  : [];

function fromBytes(type: DataType, bytes: Uint8Array, count: number, isSame: boolean): ValueArray {
  const values = zeros(type.dtype, count);
  if (isSame) {
    new Uint8Array(values.buffer).set(bytes);
    return values;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < count; index++) values[index] = type.read(view, index * type.bytes) as never;
  return values;
}

/** Stands for values that cannot be had, which has been reported. */
const NOTHING = known('float32', [0], new Float32Array(0));

/**
 * The values of a tensor of a file, which errors call `label`.
 * @throws CellgateError `file` for one that contradicts itself
 */
export function constantOf(label: string, tensor: TensorProto, report: Report): Value {
  const type = DATA_TYPES[tensor.dataType];
  if (type === undefined || tensor.dataLocation !== 0) {
    const what = type === undefined ? `values of ${dataTypeName(tensor.dataType)}` : 'values in another file';
    report.add(`${label}: ${what}`);
    return NOTHING;
  }
  if (tensor.dims.length > MAX_RANK) {
    report.add(`${label}: more than ${MAX_RANK} axes`);
    return NOTHING;
  }
  const shape = Array.from(tensor.dims, Number);
  const count = countOf(shape);
  if (!shape.every((size) => size >= 0) || !Number.isSafeInteger(count)) {
    report.damaged(`${label} must have a shape`, sizes(shape));
  }
  const { rawData } = tensor;
  const items = tensor[type.field];
  if (rawData.length > 0 || items.length === 0) {
    if (rawData.length !== count * type.bytes) {
      const expected = `${label} must have ${count * type.bytes} bytes for ${sizes(shape)}`;
      report.damaged(expected, `${rawData.length} bytes`);
    }
    return known(type.dtype, shape, fromBytes(type, rawData, count, SAME_BYTES.includes(tensor.dataType)));
  }
  if (items.length !== count) {
    report.damaged(`${label} must have ${count} values for ${sizes(shape)}`, `${items.length} values`);
  }
  const values = zeros(type.dtype, count);
  const { fromItem } = type;
  if (fromItem === undefined) values.set(items as never);
  else for (let index = 0; index < count; index++) values[index] = fromItem(items[index] as number) as never;
  return known(type.dtype, shape, values);
}
