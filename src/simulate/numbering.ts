import type { Random } from '../base/random.ts';

/** A country's numbering, as far as a simulated network needs it (ITU-T E.164, E.212; national plans). */
export interface Country {
  /** E.164 country code. */
  code: string;
  /** ISO 3166 code, as `--home-country` takes it. */
  iso: string;
  /** Digit dialled before a national number, or none. */
  trunk: string;
  mcc: string;
  mncs: readonly string[];
  /** First digits of mobile numbers and the digits that follow. */
  mobile: readonly (readonly [prefix: string, more: number])[];
  /** The same of fixed lines. */
  fixed: readonly (readonly [prefix: string, more: number])[];
  /** Local time from UTC, minutes. */
  offsetMinutes: number;
}

const same = (more: number, ...prefixes: string[]) => prefixes.map((prefix) => [prefix, more] as const);

export const COUNTRIES: readonly Country[] = [
  {
    code: '86',
    iso: 'CN',
    trunk: '',
    mcc: '460',
    mncs: ['00', '01', '11'],
    mobile: same(8, '135', '136', '137', '138', '139', '150', '151', '152', '158', '159', '182', '183', '186', '187'),
    fixed: same(7, '106', '108', '216', '215'),
    offsetMinutes: 480,
  },
  {
    code: '44',
    iso: 'GB',
    trunk: '0',
    mcc: '234',
    mncs: ['10', '15', '20', '30'],
    mobile: same(6, '7400', '7500', '7712', '7803', '7818', '7912', '7930', '7954'),
    fixed: [...same(7, '207', '208'), ...same(6, '1212', '1216', '1619')],
    offsetMinutes: 0,
  },
  {
    code: '234',
    iso: 'NG',
    trunk: '0',
    mcc: '621',
    mncs: ['20', '30', '50', '60'],
    mobile: same(7, '803', '806', '703', '813', '816', '805', '802', '808'),
    fixed: same(7, '201'),
    offsetMinutes: 60,
  },
  {
    code: '92',
    iso: 'PK',
    trunk: '0',
    mcc: '410',
    mncs: ['01', '03', '04', '06'],
    mobile: same(7, '300', '301', '302', '321', '322', '333', '334', '345', '346'),
    fixed: same(7, '213', '423'),
    offsetMinutes: 300,
  },
  {
    code: '880',
    iso: 'BD',
    trunk: '0',
    mcc: '470',
    mncs: ['01', '02', '03'],
    mobile: same(7, '171', '172', '181', '182', '191', '192', '161', '155'),
    fixed: same(6, '2222', '241', '255'),
    offsetMinutes: 360,
  },
  {
    code: '233',
    iso: 'GH',
    trunk: '0',
    mcc: '620',
    mncs: ['01', '02', '03'],
    mobile: same(7, '24', '54', '20', '50', '27', '26'),
    fixed: same(6, '302'),
    offsetMinutes: 0,
  },
  {
    code: '62',
    iso: 'ID',
    trunk: '0',
    mcc: '510',
    mncs: ['01', '10', '11'],
    mobile: same(8, '812', '813', '815', '816', '821', '852', '857', '878'),
    fixed: same(7, '213', '215', '217'),
    offsetMinutes: 420,
  },
  {
    code: '49',
    iso: 'DE',
    trunk: '0',
    mcc: '262',
    mncs: ['01', '02', '03'],
    mobile: [...same(8, '1512', '1514', '1573', '1575', '1590'), ...same(7, '160', '170', '171', '172', '175')].map(
      ([prefix, more]) => [prefix, prefix.length === 4 ? more - 1 : more] as const,
    ),
    fixed: same(6, '3020', '3040', '8920', '4030'),
    offsetMinutes: 60,
  },
  {
    code: '33',
    iso: 'FR',
    trunk: '0',
    mcc: '208',
    mncs: ['01', '10', '20'],
    mobile: same(6, '601', '607', '612', '620', '630', '650', '661', '671', '680'),
    fixed: same(6, '140', '142', '145', '472'),
    offsetMinutes: 60,
  },
  {
    code: '254',
    iso: 'KE',
    trunk: '0',
    mcc: '639',
    mncs: ['02', '03', '07'],
    mobile: same(7, '71', '72', '70', '79', '73'),
    fixed: same(5, '202', '204'),
    offsetMinutes: 180,
  },
  {
    code: '63',
    iso: 'PH',
    trunk: '0',
    mcc: '515',
    mncs: ['02', '03', '05'],
    mobile: same(7, '917', '918', '905', '906', '927', '928'),
    fixed: same(7, '28'),
    offsetMinutes: 480,
  },
  {
    code: '91',
    iso: 'IN',
    trunk: '0',
    mcc: '404',
    mncs: ['10', '20', '45'],
    mobile: same(6, '9810', '9811', '9820', '9830', '9845', '9910', '8800'),
    fixed: same(7, '112', '222', '442'),
    offsetMinutes: 330,
  },
  {
    code: '34',
    iso: 'ES',
    trunk: '',
    mcc: '214',
    mncs: ['01', '03', '07'],
    mobile: same(6, '600', '610', '620', '630', '650', '660'),
    fixed: same(6, '914', '915', '932', '934'),
    offsetMinutes: 60,
  },
  {
    code: '20',
    iso: 'EG',
    trunk: '0',
    mcc: '602',
    mncs: ['01', '02', '03'],
    mobile: same(7, '100', '101', '106', '111', '112', '120', '122'),
    fixed: same(7, '22', '23'),
    offsetMinutes: 120,
  },
];

/**
 * Numbers of the home country and of others. Lines of both classes come from the same blocks, at random: a number says nothing
 * of who has it.
 */
export class Numbering {
  readonly home: Country;
  private readonly blocks: string[] = [];
  private readonly fixedBlocks: string[] = [];
  private readonly given = new Set<string>();

  /** @param lines how many numbers of the own network will be asked for, about */
  constructor(home: Country, random: Random, lines: number) {
    this.home = home;
    const count = Math.max(12, Math.ceil(lines / 400));
    for (let i = 0; i < count; i++) {
      this.blocks.push(block(random, home.mobile));
      this.fixedBlocks.push(block(random, home.fixed));
    }
  }

  /** A new number of the own network, E.164 digits. */
  own(random: Random, fixed: boolean): string {
    for (;;) {
      const number = this.home.code + random.pick(fixed ? this.fixedBlocks : this.blocks) + random.digits(4);
      if (this.given.has(number)) continue;
      this.given.add(number);
      return number;
    }
  }

  /** A new number of the block of 10,000 that another is in: numbers for direct dialling. */
  near(number: string, random: Random): string {
    for (;;) {
      const other = number.slice(0, -4) + random.digits(4);
      if (this.given.has(other)) continue;
      this.given.add(other);
      return other;
    }
  }

  /** A number of somebody outside, E.164 digits; `abroad` and `fixed` are shares. */
  outside(random: Random, abroad: number, fixed: number): string {
    for (;;) {
      const country = random.chance(abroad) ? random.pick(COUNTRIES) : this.home;
      const [prefix, more] = random.pick(random.chance(fixed) ? country.fixed : country.mobile);
      const number = country.code + prefix + random.digits(more);
      if (!this.given.has(number)) return number;
    }
  }

  /** A home number as dialled inside the country. */
  national(number: string): string {
    return this.home.trunk + number.slice(this.home.code.length);
  }

  isHome(number: string): boolean {
    return number.startsWith(this.home.code);
  }
}

/** All but the last four digits of a number. */
function block(random: Random, ranges: Country['mobile']): string {
  const [prefix, more] = random.pick(ranges);
  return prefix + random.digits(more - 4);
}
