// A layer or model as a TransformStream: frames go in, outputs come out. For Node, browsers and workers alike.

/**
 * Chunks are blocks of whole frames, `Float32Array` `[frames * inputSize]`, and become `[frames * outputSize]`. How a source
 * cuts its frames into chunks makes no difference: the state goes on from one to the next.
 *
 * @param model a layer or `Sequential` that reads forward
 * @param {object} [state] where to begin, as a stream's `state`; zeros if left out
 */
export function streamTransform(model, state) {
  const stream = model.stream();
  if (state !== undefined) stream.state = state;
  const end = () => stream.dispose();
  return new TransformStream({
    transform(frames, controller) {
      controller.enqueue(stream.run(frames));
    },
    flush: end,
    // Whoever reads or writes has given up; engines that do not call this leave the stream to the garbage collector.
    cancel: end,
  });
}
