/** A small training that the tests run in Node, in a page and in a worker, and expect the same bits of. */

/** Deterministic numbers from -1 to 1. */
function numbers(length, seed) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** @param cellgate the package, as it was imported */
export function makeModel({ Dropout, GRU, Linear, LSTM, Sequential }, hiddenSize = 7) {
  return new Sequential([
    new LSTM({ inputSize: 3, hiddenSize, seed: 1, returnSequences: true }),
    new Dropout(0.25),
    new GRU({ inputSize: hiddenSize, hiddenSize: 5, seed: 2, recurrentDropout: 0.2 }),
    new Linear({ inputSize: 5, outputSize: 2, seed: 3 }),
  ]);
}

export function makeData({ tensor }, count = 24, time = 6) {
  return {
    x: tensor(numbers(count * time * 3, 1), [count, time, 3]),
    y: tensor(numbers(count * 2, 2), [count, 2]),
    lengths: Array.from({ length: count }, (_, at) => 1 + (at % time)),
    weights: tensor(
      numbers(count, 3).map((value) => value + 1.5),
      [count],
    ),
  };
}

export const OPTIONS = {
  loss: 'huber',
  optimizer: { kind: 'adamw', lr: 0.02 },
  schedule: 'cosine',
  epochs: 4,
  batchSize: 5,
  clipNorm: 1,
  validation: 0.25,
  metrics: ['mae'],
  seed: 9,
};

/** The bits of all weights. */
export function bitsOf(model) {
  return Object.values(model.stateDict()).flatMap(({ data }) =>
    Array.from(new Uint32Array(data.slice().buffer)),
  );
}
