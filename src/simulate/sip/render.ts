/**
 * Header fields by number, in the usual order: what a device does not place itself comes in this order. Two numbers of one name
 * are two lines of it.
 */
const FIELD_NAMES = [
  'Via',
  'Via',
  'Record-Route',
  'Route',
  'Max-Forwards',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Authorization',
  'Proxy-Authorization',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Expires',
  'P-Preferred-Identity',
  'P-Asserted-Identity',
  'P-Access-Network-Info',
  'P-Associated-URI',
  'Service-Route',
  'Session-Expires',
  'Min-SE',
  'Require',
  'RSeq',
  'RAck',
  'Reason',
  'Allow',
  'Supported',
  'User-Agent',
  'Server',
  'X-Own',
  'Content-Type',
  'Content-Length',
] as const;

export const Field = {
  via: 0,
  secondVia: 1,
  recordRoute: 2,
  route: 3,
  maxForwards: 4,
  from: 5,
  to: 6,
  callId: 7,
  cseq: 8,
  contact: 9,
  authorization: 10,
  proxyAuthorization: 11,
  wwwAuthenticate: 12,
  proxyAuthenticate: 13,
  expires: 14,
  preferredIdentity: 15,
  assertedIdentity: 16,
  accessInfo: 17,
  associatedUri: 18,
  serviceRoute: 19,
  sessionExpires: 20,
  minSe: 21,
  require: 22,
  rseq: 23,
  rack: 24,
  reason: 25,
  allow: 26,
  supported: 27,
  userAgent: 28,
  server: 29,
  own: 30,
  contentType: 31,
  contentLength: 32,
} as const;

/** RFC 3261 §7.3.3 and §20. */
const COMPACT: Record<string, string> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  Supported: 'k',
  'Content-Type': 'c',
  'Content-Length': 'l',
};

/** Number of a header field by its name, however it is spelt; of those of one name, the first. */
export function fieldNamed(name: string): number | undefined {
  return NUMBERS.get(name.toLowerCase());
}

const NUMBERS: ReadonlyMap<string, number> = new Map(
  [...FIELD_NAMES.entries()]
    .reverse()
    .flatMap(([index, name]) => [name, COMPACT[name] ?? name].map((spelt) => [spelt.toLowerCase(), index] as const)),
);

/** How a device spells and orders header fields. */
export interface HeaderStyle {
  order: readonly number[];
  /** By field number: line end of the line before, name, colon and blank. */
  names: readonly string[];
}

/**
 * @param order header names in the device's order, blanks between @param own name of its own header field
 * @param lengthPad what stands between `Content-Length:` and the number
 */
export function headerStyle(
  order: string,
  options: { compact?: boolean; own?: string; lengthPad?: string } = {},
): HeaderStyle {
  const names = FIELD_NAMES.map((name: string) => {
    if (name === 'X-Own') return `\r\n${options.own ?? name}: `;
    const spelt = options.compact ? (COMPACT[name] ?? name) : name;
    return `\r\n${spelt}:${name === 'Content-Length' ? (options.lengthPad ?? ' ') : ' '}`;
  });
  const placed: number[] = [];
  for (const wanted of order.split(' ')) {
    const found =
      wanted === options.own ? [Field.own] : FIELD_NAMES.flatMap((name, index) => (name === wanted ? [index] : []));
    for (const index of found) if (!placed.includes(index)) placed.push(index);
  }
  for (let index = 0; index < FIELD_NAMES.length; index++) if (!placed.includes(index)) placed.push(index);
  return { order: placed, names };
}

/** Field values of the message being written; `''` is absent. Filled by who writes it, emptied by {@link render}. */
export const fields: string[] = new Array<string>(FIELD_NAMES.length).fill('');

/** The message of `startLine`, {@link fields} and `body` (RFC 3261 §7), in ASCII. */
export function render(style: HeaderStyle, startLine: string, body: string): string {
  const { order, names } = style;
  fields[Field.contentLength] = String(body.length);
  let text = startLine;
  for (let i = 0; i < order.length; i++) {
    const field = order[i]!;
    const value = fields[field]!;
    if (value === '') continue;
    text += names[field]! + value;
    fields[field] = '';
  }
  return `${text}\r\n\r\n${body}`;
}
