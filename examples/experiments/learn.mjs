// One run: train on batches, look now and then whether the task is solved.

/**
 * Trains until `measure` says `solved` or `updates` are used up. `draw` gives a batch `{ x, y, lengths, weights,
 * carry }`, `measure` looks at the model every `every` updates and at the end: `{ value, solved }`. With `decay` the learning rate of
 * `optimizer` falls in a line, to 0 after `updates`. `options` go to the trainer.
 *
 * Returns `{ solved, updates, value, curve, seconds }`: whether it was solved, after how many updates it ended, the last
 * value, and `[updates, value]` of every look.
 */
export function learn(model, { draw, measure, updates, every, optimizer, decay = false, ...options }) {
  const start = performance.now();
  const trainer = model.trainer({ optimizer, ...options });
  const curve = [];
  let [update, seen] = [0, {}];
  while (update < updates && !seen.solved) {
    const { x, y, lengths, weights, carry } = draw();
    if (decay) trainer.lr = optimizer.lr * (1 - update / updates);
    trainer.step(x, y, { lengths, weights, carry });
    update++;
    if (update % every !== 0 && update < updates) continue;
    seen = measure();
    curve.push([update, seen.value]);
  }
  trainer.dispose();
  const seconds = (performance.now() - start) / 1000;
  return { solved: seen.solved === true, updates: update, value: seen.value, curve, seconds };
}
