import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { findParam, nextElement, type Range, skipBlank } from './address.ts';
import { Header, ROW, type SipMessage } from './message.ts';

const range: Range = { start: 0, end: 0 };

/** Cause of the protocol `q.850` in the Reason headers (RFC 3326: `Q.850;cause=16;text="..."`); null where there is none. */
export function qValueCause(m: SipMessage): number | null {
  return reasonCause(m, 'q.850');
}

/** Cause of `protocol` (lower case: `sip`, `q.850`, `release_cause`) in the Reason headers. */
export function reasonCause(m: SipMessage, protocol: string): number | null {
  if (m.first[Header.Reason] === 0) return null;
  const { data, rows } = m;
  for (let row = (m.first[Header.Reason]! - 1) * ROW; row < m.rowCount * ROW; row += ROW) {
    if (rows[row] !== Header.Reason) continue;
    const end = rows[row + 3]!;
    for (let at = rows[row + 2]!; at < end; ) {
      const stop = nextElement(data, at, end);
      const start = skipBlank(data, at, stop);
      let name = start;
      while (name < stop && data[name]! > 0x20 && data[name] !== 0x3b) name++;
      if (equalsTextIgnoreCase(data, start, name, protocol) && findParam(data, name, stop, 'cause', range)) {
        const cause = Number(data.toString('latin1', range.start, range.end));
        if (range.end > range.start && Number.isInteger(cause) && cause >= 0 && cause <= 999) return cause;
      }
      at = stop + 1;
    }
  }
  return null;
}
