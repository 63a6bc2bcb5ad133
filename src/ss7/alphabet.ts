import type { Bytes } from './message.ts';

/** Default alphabet (3GPP TS 23.038 §6.2.1), by code; the escape to its extension is a space. */
const LETTERS =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** A septet of those packed into octets (23.038 §6.1.2.1.1), the first is 0. */
export function septetAt({ data, start, end }: Bytes, index: number): number {
  const bit = index * 7;
  const at = start + (bit >> 3);
  const pair = (data[at] ?? 0) | ((at + 1 < end ? data[at + 1]! : 0) << 8);
  return (pair >> (bit & 7)) & 0x7f;
}

/**
 * Text of septets packed into octets, for instance the name that sent a short message. What fills a last octet of seven
 * free bits is no letter. Null where there is nothing.
 */
export function alphabetText(bytes: Bytes): string | null {
  const letters = Math.floor(((bytes.end - bytes.start) * 8) / 7);
  let text = '';
  for (let i = 0; i < letters; i++) text += LETTERS[septetAt(bytes, i)]!;
  return (
    text
      .replace(/[@\r]$/, '')
      .replace(/\s+/g, ' ')
      .trim() || null
  );
}
