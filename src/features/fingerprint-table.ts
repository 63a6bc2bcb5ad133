import type { FingerprintTable } from './fingerprints.ts';

const FIRMWARE = 'published from device firmware';
const NAME = 'vendor or model name; not verified on a device';

/**
 * What gateways show of themselves on SIP. One piece of evidence among many, never proof: all of it is a setting. Raise
 * `version` with every change.
 */
export const FINGERPRINT_TABLE: FingerprintTable = {
  version: 1,
  entries: [
    userAgent('DBL / Hybertone GoIP', 'equals', 'dble', 'seen', 0.8, FIRMWARE),
    userAgent('DBL / Hybertone GoIP', 'contains', 'hybertone', 'seen', 1, FIRMWARE),
    userAgent('DBL / Hybertone GoIP', 'equals', 'pak', 'seen', 0.6, FIRMWARE),
    ...['d8', 'd9', 'd10'].map(
      (branch) =>
        ({
          device: 'DBL / Hybertone GoIP',
          column: 'id_shape',
          match: 'equals',
          // Branch: an unsigned 32-bit number; tag: 8 digits; Call-ID: 10 digits at the local address.
          value: `z9hG4bK+${branch} d8 d10@ip`,
          confidence: 'seen',
          weight: 0.6,
          source: FIRMWARE,
        }) as const,
    ),
    userAgent('Hypermedia HG', 'starts', 'hg4000/', 'seen', 1, 'published probe list'),
    userAgent(
      'Asterisk, perhaps with dongles',
      'contains',
      'asterisk',
      'seen',
      0.2,
      'the usual User-Agent of Asterisk; weak alone',
    ),
    ...[
      'dinstar',
      'yeastar tg',
      'neogate tg',
      'openvox',
      'portech',
      '2n ',
      'ejoin',
      'sk gsm',
      'polygator',
      'topex',
    ].map((name) => userAgent(name.trim(), 'contains', name, 'unverified', 0.7, NAME)),
  ],
};

function userAgent(
  device: string,
  match: 'equals' | 'starts' | 'contains',
  value: string,
  confidence: 'seen' | 'unverified',
  weight: number,
  source: string,
): FingerprintTable['entries'][number] {
  return { device, column: 'user_agent', match, value, confidence, weight, source };
}
