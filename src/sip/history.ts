import { createNameAddr, findParam, nextElement, parseNameAddr, type Range } from './address.ts';
import { Header, ROW, type SipMessage } from './message.ts';

const address = createNameAddr();
const range: Range = { start: 0, end: 0 };

/**
 * The first `cause` (RFC 4458 §4) in the addresses of History-Info (RFC 7044 §5): why the call was sent on from the first number that was called.
 * Null where there is none.
 */
export function historyCause({ data, rows, rowCount, first }: SipMessage): number | null {
  if (first[Header.HistoryInfo] === 0) return null;
  for (let row = (first[Header.HistoryInfo]! - 1) * ROW; row < rowCount * ROW; row += ROW) {
    if (rows[row] !== Header.HistoryInfo) continue;
    const end = rows[row + 3]!;
    for (let at = rows[row + 2]!; at < end; ) {
      const stop = nextElement(data, at, end);
      if (
        parseNameAddr(data, at, stop, address) &&
        findParam(data, address.uriParamsStart, address.uriParamsEnd, 'cause', range)
      )
        return Number(data.toString('latin1', range.start, range.end));
      at = stop + 1;
    }
  }
  return null;
}
