// A client of the server.

import { WebSocket } from 'ws';

/** Messages of a socket in order: `next()` waits for one, and throws the reason if there will be none. */
export async function connect(port, state) {
  const query = state === undefined ? '' : `?state=${Buffer.from(state).toString('base64url')}`;
  const socket = new WebSocket(`ws://localhost:${port}/${query}`);
  const messages = [];
  const waiting = [];
  let reason;
  socket.on('message', (data) => {
    const next = waiting.shift();
    if (next) next.resolve(data);
    else messages.push(data);
  });
  socket.on('close', (code, text) => {
    reason = new Error(`closed with ${code} ${text}`);
    for (const next of waiting.splice(0)) next.reject(reason);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    /** Sends frames, one behind the other. */
    send: (frames) => socket.send(frames),
    async next() {
      if (messages.length > 0) return messages.shift();
      if (reason) throw reason;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    async output() {
      const bytes = new Uint8Array(await this.next());
      return new Float32Array(bytes.buffer);
    },
    async state() {
      socket.send('state');
      return new Uint8Array(await this.next());
    },
    close: () => socket.close(),
  };
}
