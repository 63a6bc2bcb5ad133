import { describe, expect, test } from 'vitest';
import { Directions } from '../../src/events/directions.ts';
import type { Ss7Message, Ss7Protocol } from '../../src/ss7/message.ts';
import { SccpType } from '../../src/ss7/sccp/sccp-messages.ts';

/** Whether so many messages, all from point code 1 to 2, are taken for one direction of a link. */
function isOneSided(protocol: Ss7Protocol, type: keyof typeof SccpType): boolean {
  const directions = new Directions();
  const message = { protocol, msu: { opc: 1, dpc: 2 }, sccp: { type: SccpType[type] } } as unknown as Ss7Message;
  for (let i = 0; i < 100; i++) directions.notePoints(message);
  return directions.isOneSided();
}

describe('messages of SCCP that go one way', () => {
  test.each(['UDT', 'UDTS', 'XUDT', 'XUDTS', 'LUDT'] as const)(
    'are no half of a link where they are %s: a segment of a transaction, a page',
    (type) => {
      for (const protocol of ['sccp', 'bssap', 'ranap', 'map'] as const)
        expect([protocol, isOneSided(protocol, type)]).toEqual([protocol, false]);
    },
  );

  test.each(['CR', 'DT1', 'RLSD'] as const)('are one where they are %s, of a connection', (type) => {
    for (const protocol of ['sccp', 'bssap', 'ranap'] as const)
      expect([protocol, isOneSided(protocol, type)]).toEqual([protocol, true]);
  });

  test('leave calls on circuits as they are, whatever SCCP came before', () => {
    expect(isOneSided('isup', 'UDT')).toBe(true);
  });
});
