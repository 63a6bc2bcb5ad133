import { Header, type SipMessage } from '../../sip/message.ts';
import type { Identity } from './state.ts';

/** Whether a later hop of a request says something that is missing of who sent it, and where the access is. */
export function lacksWhat(identity: Identity, { first }: SipMessage): boolean {
  return (
    (isNowhere(identity) && (first[Header.PAccessNetworkInfo] !== 0 || first[Header.CellularNetworkInfo] !== 0)) ||
    (identity.visited === null && first[Header.PVisitedNetworkId] !== 0) ||
    (identity.imsi === null && first[Header.Authorization] !== 0)
  );
}

/**
 * What the earlier hop says, with what only the later one does: a proxy adds where the access is and which network it is in (3GPP TS 24.229
 * §5.2.2). The number that is asserted later is none of it: the caller has that.
 */
export function withMore(earlier: Identity | null, later: Identity | null): Identity | null {
  if (earlier === null || later === null) return earlier ?? later;
  const { access, mcc, mnc, lac, cell } = isNowhere(earlier) ? later : earlier;
  const { time, asserted, claimed = false, imsi, visited } = earlier;
  return {
    ...{ time, asserted, claimed, imsi: imsi ?? later.imsi },
    ...{ access, mcc, mnc, lac, cell, visited: visited ?? later.visited },
  };
}

function isNowhere({ access, cell, mcc }: Identity): boolean {
  return access === null && cell === null && mcc === null;
}
