/** An IMEI as the air and SIP carry it (3GPP TS 23.003 §6.2). */
export interface Imei {
  /** 14 significant digits: type allocation code (8) and serial number (6). */
  imei: string;
  /** Software version of an IMEISV, two digits; null where not given. */
  imeisv: string | null;
}

const URN = /^<?urn:gsma:(?:imei|imeisv):(\d{8})-?(\d{6})-?(\d{1,2})\b/i;
const SOFTWARE = /;svn=(\d{2})\b/i;

/**
 * The IMEI in a `+sip.instance` (RFC 7254: `urn:gsma:imei:35693803-567890-0;svn=42`) or in 14 to 16 digits; null where there is
 * none. A 15th digit is a check digit, which is 0 on the air: it is not looked at. 16 digits are an IMEISV.
 */
export function imei14(text: string): Imei | null {
  if (areDigits(text)) return ofDigits(text);
  const urn = URN.exec(text);
  if (urn !== null) {
    const last = urn[3]!;
    const software = last.length === 2 ? last : (SOFTWARE.exec(text)?.[1] ?? null);
    return checked(urn[1]! + urn[2]!, software);
  }
  const digits = text.replace(/[- ]/g, '');
  return areDigits(digits) ? ofDigits(digits) : null;
}

function ofDigits(digits: string): Imei | null {
  if (digits.length < 14 || digits.length > 16) return null;
  return checked(digits.slice(0, 14), digits.length === 16 ? digits.slice(14) : null);
}

function areDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** Type allocation code of an IMEI: who made what. */
export function tac(imei: string): string {
  return imei.slice(0, 8);
}

function checked(imei: string, imeisv: string | null): Imei | null {
  return imei === '00000000000000' ? null : { imei, imeisv };
}
