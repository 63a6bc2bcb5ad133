import type { Texts } from './texts.ts';

const PRIVATE =
  /^(10\.|127\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

/** Whether a host is an address that many networks use, each for itself (RFC 1918, 3927, 4193, 4291, 6598). */
export function isPrivate(host: string): boolean {
  return PRIVATE.test(host);
}

const SMALLEST = 1 << 10;
const UNKNOWN = 0;
const PRIVATELY = 1;
const PUBLICLY = 2;

/**
 * Addresses that a device calls its own, by numbers of texts: behind a NAT that has a public one, `192.168.1.2@203.0.113.7`, since the
 * next home has a 192.168.1.2 as well.
 */
export class OwnAddresses {
  private readonly texts: Texts;
  private kinds = new Uint8Array(SMALLEST);
  private readonly known = new Map<number, Map<number, number>>();

  constructor(texts: Texts) {
    this.texts = texts;
  }

  /** @param host what the device says, or -1 @param endpoint where it is seen, or -1 */
  of(host: number, endpoint: number): number {
    if (host < 0 || endpoint < 0 || host === endpoint || !this.isPrivate(host) || this.isPrivate(endpoint)) return host;
    let behind = this.known.get(endpoint);
    if (behind === undefined) this.known.set(endpoint, (behind = new Map()));
    const known = behind.get(host);
    if (known !== undefined) return known;
    const { texts } = this;
    const number = texts.number(`${texts.text(host)}@${texts.text(endpoint)}`);
    behind.set(host, number);
    return number;
  }

  clear(): void {
    this.kinds.fill(UNKNOWN);
    this.known.clear();
  }

  private isPrivate(number: number): boolean {
    while (number >= this.kinds.length) {
      const more = new Uint8Array(2 * this.kinds.length);
      more.set(this.kinds);
      this.kinds = more;
    }
    const kind = this.kinds[number]!;
    if (kind !== UNKNOWN) return kind === PRIVATELY;
    const found = isPrivate(this.texts.text(number));
    this.kinds[number] = found ? PRIVATELY : PUBLICLY;
    return found;
  }
}
