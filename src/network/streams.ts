import type { Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { EncryptedFlows } from './encrypted.ts';
import { type Hep, isHep3 } from './hep.ts';
import { type Payload, type PayloadHandler, type StreamSlot, type StreamVerdict, Transport } from './payload.ts';
import { proxyHeader } from './proxy-protocol.ts';

/** Who reads a stream, once that is known. */
export const Reader = { unknown: 0, handler: 1, hep: 2 } as const;

/** What is kept of a direction between two showings. */
export interface StreamMark {
  reader: number;
  slot: StreamSlot | null;
}

/** Shows the bytes of TCP directions to who reads them: TLS is counted, HEP is opened, the rest goes to the handler. */
export class StreamReaders {
  /** Of the last showing, within the bytes shown. */
  readonly verdict: StreamVerdict = { consumed: 0, headless: 0, ignore: false };
  private readonly handler: PayloadHandler;
  private readonly hep: Hep;
  private readonly encrypted: EncryptedFlows;

  constructor(handler: PayloadHandler, hep: Hep, limits: Limits, counters: Counters) {
    this.handler = handler;
    this.hep = hep;
    this.encrypted = new EncryptedFlows(limits, counters);
  }

  /** Shows data [start, end) of `payload`, which has its addresses and time already. */
  show(payload: Payload, midway: boolean, mark: StreamMark): StreamVerdict {
    const { verdict } = this;
    const { data, start, end } = payload;
    verdict.consumed = 0;
    verdict.headless = 0;
    verdict.ignore = false;
    payload.transport = Transport.tcp;
    payload.ppid = 0;
    const proxied = mark.reader === Reader.unknown ? proxyHeader(data, start, end) : -1;
    if (proxied < 0) return this.showFrom(payload, midway, mark);
    // What it says whence the connection came is not taken: the other direction has no such header, and both are to have the same ends.
    payload.start += proxied;
    if (proxied > 0 && payload.start < end) this.showFrom(payload, false, mark);
    verdict.consumed += proxied;
    return verdict;
  }

  /** As {@link show}, of bytes that no proxy of connections put there. */
  private showFrom(payload: Payload, midway: boolean, mark: StreamMark): StreamVerdict {
    const { verdict } = this;
    const { data, start, end } = payload;
    if (mark.reader === Reader.unknown) {
      if (this.encrypted.tls(payload, data, start, end)) {
        verdict.ignore = true;
        return verdict;
      }
      if (isHep3(data, start, end)) mark.reader = Reader.hep;
      else if (couldBecomeHep3(data, start, end)) return verdict;
    }
    if (mark.reader === Reader.hep || (midway && mark.reader === Reader.unknown)) {
      const hepAt = isHep3(data, start, end) || !midway ? start : start + data.subarray(start, end).indexOf('HEP3');
      if (hepAt >= start) {
        mark.reader = Reader.hep;
        this.showHep(payload, hepAt - start);
        return verdict;
      }
      if (mark.reader === Reader.hep) {
        verdict.consumed = end - start;
        verdict.headless = end - start;
        return verdict;
      }
    }
    mark.slot ??= { state: undefined };
    payload.slot = mark.slot;
    this.handler.stream(payload, midway, verdict);
    const length = end - start;
    if (!(verdict.consumed >= 0)) verdict.consumed = 0;
    if (verdict.consumed > length) verdict.consumed = length;
    if (!midway || !(verdict.headless >= 0)) verdict.headless = 0;
    if (verdict.headless > verdict.consumed) verdict.headless = verdict.consumed;
    if (verdict.consumed > verdict.headless) mark.reader = Reader.handler;
    return verdict;
  }

  private showHep(payload: Payload, headless: number): void {
    payload.start += headless;
    this.verdict.consumed = headless + this.hep.stream(payload);
    this.verdict.headless = headless;
  }
}

function couldBecomeHep3(data: Buffer, start: number, end: number): boolean {
  const length = end - start;
  return (
    length < 6 && data.toString('latin1', start, Math.min(end, start + 4)) === 'HEP3'.slice(0, Math.min(4, length))
  );
}
