import { Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import type { CaptureInput } from '../capture/list.ts';
import { type CaptureResult, type ReadOptions, readCapture } from '../capture/read.ts';
import { MessageDecoder, type MessageHandler } from '../messages/decoder.ts';
import { Network } from '../network/network.ts';
import { AddressReader } from '../sip/address-reader.ts';
import type { Ss7MessageHandler } from '../ss7/decoder.ts';
import type { CaptureName } from './capture-name.ts';
import type { EventContext } from './context.ts';
import { Directions, ONE_DIRECTION } from './directions.ts';
import type { CatpoolEvent } from './event.ts';
import type { LooseEnds } from './loose-ends.ts';
import { FactReader } from './sip/facts.ts';
import { SipEvents } from './sip/sip-events.ts';
import { type NamelessHandler, Ss7Events } from './ss7/ss7-events.ts';

/** One capture, decoded by itself. */
export interface DecodedCapture {
  result: CaptureResult;
  ends: LooseEnds;
  counters: Counters;
}

/** Who is told what a capture holds, while it is read. */
export interface CaptureObserver {
  onEvent?: (event: CatpoolEvent) => void;
  /** Left out: what would be given to it is among the loose ends. */
  onNameless?: NamelessHandler;
  onMessage?: (...message: [...Parameters<MessageHandler>, AddressReader]) => void;
  onSs7?: Ss7MessageHandler;
}

/**
 * Decodes one capture alone, in one pass over its bytes: finished events to `observer`, everything that a neighbouring capture
 * may continue into loose ends.
 *
 * @throws UserError where the input is no capture or cannot be read
 */
export async function decodeCapture(
  input: CaptureInput,
  context: EventContext,
  limits: Limits,
  observer: CaptureObserver,
  options: ReadOptions = {},
): Promise<DecodedCapture> {
  const counters = new Counters();
  const capture: CaptureName = { sha256: '' };
  const { onEvent, onNameless = null, onMessage, onSs7 } = observer;
  const addresses = new AddressReader(counters);
  const directions = new Directions();
  const events = onEvent ? new SipEvents(context, capture, new FactReader(addresses), limits, counters, onEvent) : null;
  const ss7 = onEvent ? new Ss7Events(context, capture, limits, counters, onEvent, onNameless) : null;
  const decoder = new MessageDecoder(
    limits,
    counters,
    addresses,
    (message, payload, duplicate) => {
      directions.noteAddresses(payload);
      if (events !== null && !duplicate) events.observe(message, payload);
      onMessage?.(message, payload, duplicate, addresses);
    },
    onMessage === undefined,
    {
      variant: context.ss7Variant ?? null,
      onMessage: (message, payload, duplicate) => {
        directions.notePoints(message);
        if (ss7 !== null && !duplicate) ss7.observe(message, payload);
        onSs7?.(message, payload, duplicate);
      },
    },
  );
  const network = new Network(decoder, limits, counters);
  let began = false;
  const result = await readCapture(
    input,
    (packet) => {
      if (!began) {
        began = true;
        events?.begin(packet.seconds);
        ss7?.begin(packet.seconds);
      }
      network.packet(packet);
    },
    options,
  );
  capture.sha256 = result.sha256;
  const bytes = [...network.finish(), ...decoder.looseEnds()];
  decoder.finish();
  const states = events?.finish(result.last?.s ?? 0) ?? [];
  const ss7States = ss7?.finish(result.last?.s ?? 0) ?? [];
  const holders = ss7?.holders() ?? [];
  counters.packets.set('read', result.packets);
  if (result.cutPackets > 0) counters.packets.set('cut', result.cutPackets);
  if (directions.isOneSided()) counters.anomalies.set(ONE_DIRECTION, 1);
  if (result.stop !== null) counters.anomalies.set(`${result.stop.layer} ${result.stop.reason}`, 1);
  return {
    result,
    ends: { capture, first: result.first, last: result.last, states, ss7: ss7States, holders, bytes },
    counters,
  };
}
