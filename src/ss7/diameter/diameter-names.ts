/** Applications (3GPP TS 29.272 §7.1.1, §7.1.2) whose messages say what a line does. */
export const DiameterApplication = { s6a: 16_777_251, s13: 16_777_252 } as const;

/** Commands of S6a and S13 (29.272 §7.2.2). */
export const DiameterCommand = {
  updateLocation: 316,
  cancelLocation: 317,
  authenticationInformation: 318,
  insertSubscriberData: 319,
  deleteSubscriberData: 320,
  purgeUe: 321,
  reset: 322,
  notify: 323,
  meIdentityCheck: 324,
} as const;

/**
 * Abbreviations of commands without their last letter, R of a request or A of an answer: the base protocol (RFC 6733 §3.1), accounting and
 * credit control (RFC 8506), Cx, Sh, Rx, Gx and their like (3GPP TS 29.229, 29.329, 29.214), S6a, S13 (29.272), S6c, SLg.
 */
const NAMES: Readonly<Record<number, string>> = {
  257: 'CE',
  258: 'RA',
  265: 'AA',
  268: 'DE',
  271: 'AC',
  272: 'CC',
  274: 'AS',
  275: 'ST',
  280: 'DW',
  282: 'DP',
  283: 'UA',
  284: 'SA',
  285: 'LI',
  286: 'MA',
  287: 'RT',
  288: 'PP',
  300: 'UA',
  301: 'SA',
  302: 'LI',
  303: 'MA',
  304: 'RT',
  305: 'PP',
  306: 'UD',
  307: 'PU',
  308: 'SN',
  309: 'PN',
  310: 'BI',
  316: 'UL',
  317: 'CL',
  318: 'AI',
  319: 'ID',
  320: 'DS',
  321: 'PU',
  322: 'RS',
  323: 'NO',
  324: 'EC',
  8388620: 'PL',
  8388621: 'LR',
  8388645: 'OF',
  8388646: 'TF',
  8388647: 'SR',
  8388648: 'AL',
  8388649: 'RD',
};

/** `ULR`, `ULA`, ...; `unknown` where the table has none. */
export function diameterTypeName(command: number, isRequest: boolean): string {
  const name = NAMES[command];
  return name === undefined ? 'unknown' : `${name}${isRequest ? 'R' : 'A'}`;
}

export function isDiameterCommand(command: number): boolean {
  return NAMES[command] !== undefined;
}
