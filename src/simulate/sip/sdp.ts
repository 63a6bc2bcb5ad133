import type { SdpMake } from './make.ts';

/** Payload types with their rtpmap and fmtp, as the makes' codec lists name them (RFC 3551 and dynamic ones). */
const CODECS: Record<string, readonly string[]> = {
  0: ['PCMU/8000'],
  2: ['G726-32/8000'],
  3: ['GSM/8000'],
  4: ['G723/8000'],
  8: ['PCMA/8000'],
  9: ['G722/8000'],
  18: ['G729/8000', 'annexb=no'],
  96: ['opus/48000/2', 'useinbandfec=1'],
  97: ['iLBC/8000', 'mode=30'],
  98: ['speex/8000'],
  100: ['telephone-event/8000', '0-15'],
  101: ['telephone-event/8000', '0-15'],
  102: ['AMR/8000', 'max-red=0'],
  104: ['AMR-WB/16000', 'max-red=0'],
  105: ['telephone-event/16000', '0-15'],
  110: ['EVS/16000', 'br=5.9-24.4;bw=nb-swb'],
  127: ['telephone-event/8000', '0-15'],
};

/** What of a session description lasts as long as the call. */
export interface Session {
  user: string;
  id: string;
  version: string;
  name: string;
}

/** The parts of a make's session description that do not change: everything after the media port. */
export function mediaLines(make: SdpMake): { formats: string; lines: string } {
  const formats = make.codecs;
  let lines = '';
  for (const format of formats.split(' ')) {
    const codec = CODECS[format];
    if (codec === undefined) continue;
    if (make.mapAll || Number(format) >= 96) lines += `a=rtpmap:${format} ${codec[0]}\r\n`;
    if (codec[1] !== undefined) lines += `a=fmtp:${format} ${codec[1]}\r\n`;
  }
  for (const attribute of make.attributes) lines += `${attribute}\r\n`;
  return { formats, lines };
}

/**
 * A session description of one audio stream (RFC 8866).
 *
 * @param version added to the session's version: a later offer of the same call
 * @param direction in place of `sendrecv`, for hold
 */
export function sessionDescription(
  session: Session,
  media: { formats: string; lines: string },
  address: string,
  port: number,
  version = 0,
  direction = '',
): string {
  const number = version === 0 ? session.version : String(BigInt(session.version) + BigInt(version));
  let lines = media.lines;
  if (direction !== '') lines = `${lines.replace('a=sendrecv\r\n', '')}a=${direction}\r\n`;
  return (
    `v=0\r\no=${session.user} ${session.id} ${number} IN IP4 ${address}\r\ns=${session.name}\r\nc=IN IP4 ${address}\r\n` +
    `t=0 0\r\nm=audio ${port} RTP/AVP ${media.formats}\r\n${lines}`
  );
}
