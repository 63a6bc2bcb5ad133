/** What a make of device puts into its messages. Patterns are those of `shapes.ts`. */
export interface Make {
  kind: MakeKind;
  userAgent: string;
  branch: string;
  tag: string;
  callId: string;
  /** Header names in the order the device writes them; those left out come in a usual order, Content-Length last. */
  order: string;
  /** Compact header names (RFC 3261 §7.3.3). */
  compact?: boolean;
  /** Text after `Content-Length:`, where it is not one blank. */
  lengthPad?: string;
  allow: string;
  supported: string;
  /** Registration times it asks for, seconds. */
  expires: readonly number[];
  sdp: SdpMake;
  /** A phone of the radio network: IMEI, access information, preferred identity, preconditions. */
  radio?: boolean;
  /** Its own port. */
  port: string;
  /** Seconds between keep-alives, where it sends some. */
  keepAlive?: number;
  /** Addresses have `;user=phone`. */
  userPhone?: boolean;
  /** Header fields of its own: name and value. */
  extra?: readonly (readonly [name: string, value: string])[];
  /** Its responses say what it is in `Server`, not in `User-Agent`. */
  server?: boolean;
  /** What it says where others say `486 Busy Here`. */
  busy?: readonly [status: number, reason: string];
}

export type MakeKind = 'handset' | 'softphone' | 'desk' | 'adapter' | 'exchange' | 'module' | 'goip' | 'hybertone';

/** Session descriptions of a make (RFC 8866). */
export interface SdpMake {
  user: string;
  id: string;
  /** Version equals the id at first (else it is 1 or a number of its own). */
  version: 'same' | 'one' | 'next';
  name: string;
  codecs: string;
  /** Static payload types have an rtpmap line too. */
  mapAll: boolean;
  /** Attribute lines after the maps. */
  attributes: readonly string[];
}
