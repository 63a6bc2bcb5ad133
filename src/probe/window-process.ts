import type { FoundWindow, ProcessOrder, ProcessReply } from './window.ts';

/** A process that scores one window of a store, and ends. */

// A terminal and a service manager tell these to all processes of a probe: when this one ends is for the probe to say. Before all else.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('message', (order: ProcessOrder) => {
  work(order).then(
    (found) => say({ kind: 'found', found }),
    ({ name, message }: Error) => say({ kind: 'failed', message, user: name === 'UserError' }),
  );
});
// The probe has gone, or has the answer.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

async function work({ store: { root, options }, ...order }: ProcessOrder): Promise<FoundWindow> {
  const [{ openStore }, { scoreHere }] = await Promise.all([import('../store/store.ts'), import('./window.ts')]);
  const store = openStore(root, false, options);
  try {
    return await scoreHere(store, order);
  } finally {
    await store.close();
  }
}

function say(reply: ProcessReply): void {
  process.send?.(reply, () => process.disconnect());
}
