/** The loss of a model on data, without training. */

import { fail } from '../errors.js';
import { internals, type Module } from '../module.js';
import type { Network } from '../network.js';
import { readOptions } from '../options.js';
import { Batcher, batchCount, type Cut, checkCut, inOrder, type Selection } from './batches.js';
import { openTrainer } from './config.js';
import { checkRows, readData } from './data.js';
import { evaluateReaders, metricsOf } from './fit-options.js';
import type { Evaluation } from './history.js';
import { lossReader, type RawLoss } from './loss.js';
import { batchSizeOf } from './plan.js';
import { recordOf } from './record.js';
import { count, meanOf, type Tally } from './tally.js';

function lossOf(where: string, model: Module, given: RawLoss | undefined): RawLoss {
  if (given) return given;
  const record = recordOf(model);
  if (record) return lossReader(where, 'loss', record.options.loss);
  return fail('value', where, 'loss must be given for a model that no fit has trained', 'undefined');
}

/** Sums over all rows, by the loss and the weights that a model has. */
function tallyOf(
  where: string,
  model: Module,
  network: Network,
  selection: Selection,
  cut: Cut,
  loss: RawLoss,
): Tally {
  const trainer = openTrainer(where, model, loss);
  try {
    const tally: Tally = [0, 0, 0];
    const batcher = new Batcher(where, network, cut);
    for (let batch = 0; batch < batchCount(selection, cut); batch++) {
      for (const { call, counts } of batcher.windows(selection, batch)) {
        const report = trainer.call(where, (raw) => raw.evaluate(...call));
        if (counts) count(tally, report);
      }
    }
    return tally;
  } finally {
    trainer.close();
  }
}

/**
 * Evaluates a model.
 * @throws CellgateError as `Sequential.evaluate` says
 */
export function evaluateModel(model: Module, network: Network, data: unknown, options: unknown): Evaluation {
  const where = `${network.name}.evaluate`;
  internals(model).handle.open(where);
  const given = readOptions(where, options, evaluateReaders);
  const loss = lossOf(where, model, given.loss);
  const samples = readData(where, 'data', data, network, loss);
  checkRows(where, 'y', samples);
  const cut = { ...given, batchSize: batchSizeOf(given.batchSize, samples.count) };
  checkCut(where, network, samples.count, 'x', cut);
  const { hasAccuracy, losses } = metricsOf(where, given.metrics, loss, samples.y.dtype === 'int32');
  const selection = inOrder(samples, 0, samples.count);
  const measure = (own: RawLoss): Tally => tallyOf(where, model, network, selection, cut, own);
  const metrics = losses.map((own) => [own.loss, meanOf(measure(own), false).loss] as const);
  return {
    ...meanOf(measure(loss), hasAccuracy),
    ...(losses.length > 0 && { metrics: Object.fromEntries(metrics) }),
  };
}
