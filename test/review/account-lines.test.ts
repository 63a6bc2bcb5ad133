import { expect, test } from 'vitest';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { lineEvents } from '../../src/review/server/line-events.ts';
import type { Store } from '../../src/store/store.ts';
import { call, registration, START } from '../features/lines.ts';

const AOR = 'trunk1@voip.example';
const ENDPOINT = '198.51.100.7:5060';
const PRESENTED = ['447911000001', '13105550100', '491511234567', '33612345678'];

/** A store that has these events and finds those of a line by its names, as the real one does. */
function storeOf(events: readonly CatpoolEvent[]): Store {
  const store = {
    async *events({ line }: { line: readonly string[] }) {
      for (const event of events)
        if (
          [event.imsi, event.msisdn, event.aor, event.counterpart].some((name) => name !== null && line.includes(name))
        )
          yield event;
    },
  };
  return store as unknown as Store;
}

test('the calls that an account paid for stand on its page, whatever numbers it presented, and not on those of the numbers', async () => {
  const calls = PRESENTED.map((msisdn, i) =>
    call(100 + 60 * i, `861380000000${i}`, 20, { msisdn, aor: AOR, endpoint: ENDPOINT }),
  );
  const store = storeOf([registration(0, { msisdn: null, aor: AOR, endpoint: ENDPOINT, expires_s: 60 }), ...calls]);
  const found = await lineEvents(store, { line: AOR, msisdn: null, imsi: null }, START, START + 3600);
  expect(found.map(({ event, direction, mirror }) => [event.kind, direction, mirror])).toEqual([
    ['registration', null, false],
    ...calls.map(() => ['leg', 'out', false]),
  ]);
  // Whom it called has the call on his page too.
  const called = await lineEvents(
    store,
    { line: '8613800000001', msisdn: '8613800000001', imsi: null },
    START,
    START + 3600,
  );
  expect(called.map(({ direction, counterpart }) => [direction, counterpart])).toEqual([['in', PRESENTED[1]]]);
});
