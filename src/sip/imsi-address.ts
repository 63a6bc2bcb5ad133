/**
 * IMSI in an identity that is made of it, `<imsi>@ims.mnc<mnc>.mcc<mcc>.3gppnetwork.org` (3GPP TS 23.003 §13.3, §13.4B); null where the
 * user is another name: a number may stand at the same host.
 *
 * @param address `user@host`
 */
export function imsiOfAddress(address: string | null): string | null {
  if (address === null || !address.endsWith('.3gppnetwork.org')) return null;
  const [, imsi, mnc, mcc] = MADE_OF_IMSI.exec(address) ?? [];
  if (imsi === undefined || !imsi.startsWith(mcc!)) return null;
  // Two digits of an MNC have a zero before them.
  return imsi.startsWith(mnc!, 3) || (mnc!.startsWith('0') && imsi.startsWith(mnc!.slice(1), 3)) ? imsi : null;
}

/** IMSI in a private identity, `<imsi>@ims.mnc<mnc>.mcc<mcc>.3gppnetwork.org` (3GPP TS 23.003 §13.3); null where it is another name. */
export function imsiOfPrivateIdentity(user: string | null): string | null {
  return user === null ? null : (PRIVATE.exec(user)?.[1] ?? null);
}

const PRIVATE = /^(\d{14,15})@[^",]*3gppnetwork\.org$/i;
const MADE_OF_IMSI = /^(\d{14,15})@(?:[a-z\d-]+\.)*mnc(\d{2,3})\.mcc(\d{3})\.3gppnetwork\.org$/;
