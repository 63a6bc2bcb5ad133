import type { Bytes } from './message.ts';

/** Default alphabet (3GPP TS 23.038 §6.2.1), by code; the escape to its extension is a space. */
const LETTERS =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/**
 * Text of septets packed into octets (23.038 §6.1.2.1.1), for instance the name that sent a short message. What fills a last octet of seven
 * free bits is no letter. Null where there is nothing.
 */
export function alphabetText({ data, start, end }: Bytes): string | null {
  if (start >= end) return null;
  const letters = Math.floor(((end - start) * 8) / 7);
  let text = '';
  for (let i = 0, bit = 0; i < letters; i++, bit += 7) {
    const at = start + (bit >> 3);
    const pair = data[at]! | ((at + 1 < end ? data[at + 1]! : 0) << 8);
    text += LETTERS[(pair >> (bit & 7)) & 0x7f]!;
  }
  return (
    text
      .replace(/[@\r]$/, '')
      .replace(/\s+/g, ' ')
      .trim() || null
  );
}
