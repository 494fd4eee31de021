// A WebSocket server that runs one model for many clients, each with a state of its own.
//
// A binary message is any number of frames, little-endian float32 `[frames * inputSize]`; each frame is answered by a binary
// message of `[outputSize]`, in order. The text `state` is answered by the client's state as a binary message of the bytes
// that `loadState` takes, behind all outputs of the frames before; a client that names them in the address,
// `ws://host/?state=BASE64URL`, goes on from there, also on another server.

import { WebSocketServer } from 'ws';

/** As many frames may wait per client; one that sends more is sent away. */
const MAX_WAITING = 4096;
/** WebSocket's codes for what is no such message, for one that is too big, and for a server that is full. */
const INVALID = 1007;
const TOO_BIG = 1009;
const TRY_LATER = 1013;

/** A client: a member of the pool, and what it has asked for in order, frames and states. */
class Client {
  #member;
  #socket;
  #requests = [];

  constructor(member, socket) {
    this.#member = member;
    this.#socket = socket;
  }

  ask(...requests) {
    if (this.#requests.length + requests.length > MAX_WAITING) this.#socket.close(TOO_BIG, 'too many frames');
    else this.#requests.push(...requests);
  }

  /** Hands the next frame to the pool, if there is one. */
  push() {
    while (this.#requests[0] === 'state') {
      this.#requests.shift();
      this.#socket.send(this.#member.saveState());
    }
    const frame = this.#requests.shift();
    if (frame !== undefined) this.#member.push(frame);
    return frame !== undefined;
  }

  answer() {
    this.#socket.send(this.#member.output);
  }
}

function framesOf(bytes, size) {
  const frameBytes = size * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.byteLength % frameBytes !== 0) return undefined;
  const aligned = new Uint8Array(bytes).buffer;
  return Array.from(
    { length: bytes.byteLength / frameBytes },
    (_, at) => new Float32Array(aligned, at * frameBytes, size),
  );
}

/**
 * Starts to serve.
 *
 * @param model a layer or `Sequential` of float32 frames
 * @param options `port`, 0 for any; `capacity`, clients at a time; `tickMs`, how long frames may wait for others
 * @returns `{ port, steps(), close() }`; `steps` gives the numbers of steps and of frames so far
 */
export async function startServer(model, { port = 0, capacity = 1000, tickMs = 2 } = {}) {
  const pool = model.streamPool({ capacity });
  const clients = new Set();
  const count = { steps: 0, frames: 0 };

  function join(socket, request) {
    // What breaks the protocol is told here, and ends the connection by itself.
    socket.on('error', () => {});
    if (pool.size === pool.capacity) return socket.close(TRY_LATER, 'full');
    const member = pool.join();
    socket.on('close', () => member.leave());
    const state = new URL(request.url, 'ws://here').searchParams.get('state');
    try {
      if (state !== null) member.loadState(Buffer.from(state, 'base64url'));
    } catch ({ message }) {
      return socket.close(INVALID, message.slice(0, 100));
    }
    const client = new Client(member, socket);
    clients.add(client);
    socket.on('close', () => clients.delete(client));
    socket.on('message', (data, isBinary) => {
      const requests = isBinary ? framesOf(data, pool.inputSize) : [String(data)];
      const isKnown = requests !== undefined && (isBinary || requests[0] === 'state');
      if (isKnown) client.ask(...requests);
      else socket.close(INVALID, 'neither frames nor state');
    });
  }

  /** One step of all who have a frame; those that have sent more wait for the next tick. */
  function tick() {
    const stepped = [...clients].filter((client) => client.push());
    if (stepped.length === 0) return;
    count.steps++;
    count.frames += pool.step();
    for (const client of stepped) client.answer();
  }

  const server = new WebSocketServer({ port });
  server.on('connection', join);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const timer = setInterval(tick, tickMs);
  return {
    port: server.address().port,
    steps: () => ({ ...count }),
    async close() {
      clearInterval(timer);
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
      pool.dispose();
    },
  };
}
