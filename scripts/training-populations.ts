import type { Random } from '../src/base/random.ts';
import { logUniform } from '../src/simulate/draws.ts';

/** A population with many desks that call for a living, most of them on mobile phones. */
export function manyDesks(random: Random) {
  return {
    callCentre: random.between(0.1, 0.25),
    survey: random.between(0.04, 0.12),
    office: random.between(0.05, 0.15),
    onPhones: random.between(0.5, 1),
  };
}

/** A population with more of what looks as boxes do than most have. */
export function companies(random: Random) {
  return {
    callCentre: random.between(0.05, 0.15),
    survey: random.between(0.03, 0.08),
    licensedGateway: random.between(0.04, 0.12),
    reminder: random.between(0.005, 0.03),
    onPhones: random.between(0.2, 0.8),
  };
}

/** A population with many companies that keep their phones, and labs and shops that change theirs. */
export function keepers(random: Random) {
  return {
    callCentre: random.between(0.05, 0.15),
    survey: random.between(0.03, 0.08),
    reminder: random.between(0.005, 0.02),
    testLab: random.between(0.01, 0.04),
    handsetShop: random.between(0.005, 0.03),
    onPhones: random.between(0.6, 1),
    shifts: random.between(0.2, 0.7),
    officeWifi: random.between(0.2, 0.6),
  };
}

/** A population with many machines and desks that ring people for a living. */
export function machines(random: Random) {
  return {
    callCentre: random.between(0.04, 0.12),
    survey: random.between(0.03, 0.1),
    reminder: random.between(0.01, 0.05),
    seller: random.between(0.01, 0.05),
    licensedGateway: random.between(0.02, 0.08),
    onPhones: random.between(0.2, 1),
  };
}

/** A population with hotels, companies on exchanges and machines. */
export function hosts(random: Random) {
  return {
    hotel: random.between(0.03, 0.15),
    office: random.between(0.05, 0.15),
    licensedGateway: random.between(0.01, 0.06),
    callCentre: random.between(0.02, 0.08),
    reminder: random.between(0.005, 0.03),
  };
}

/** People who answer more or less of their calls than those of most networks here, talk for longer or less, and call out more. */
export function people(random: Random) {
  return {
    answered: random.between(0.4, 0.92),
    talk: logUniform(random, 0.35, 1.6),
    incoming: logUniform(random, 0.2, 1.4),
  };
}
