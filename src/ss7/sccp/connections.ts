/** Slots of the table; a power of two. */
const SLOTS = 65_536;

/**
 * Which user a connection of SCCP has, by the local reference at one of its ends: only CR and CC tell. A table of fixed size in which a later
 * connection takes the place of an earlier one; messages of a forgotten one are told by their content.
 */
export class ConnectionUsers {
  private readonly pointCodes = new Int32Array(SLOTS);
  private readonly references = new Int32Array(SLOTS).fill(-1);
  private readonly users = new Uint8Array(SLOTS);

  /** @param user a number from 1 on */
  set(pointCode: number, reference: number, user: number): void {
    const slot = slotOf(pointCode, reference);
    this.pointCodes[slot] = pointCode;
    this.references[slot] = reference;
    this.users[slot] = user;
  }

  /** 0 where it is not known. */
  get(pointCode: number, reference: number): number {
    const slot = slotOf(pointCode, reference);
    return this.references[slot] === (reference | 0) && this.pointCodes[slot] === (pointCode | 0)
      ? this.users[slot]
      : 0;
  }
}

function slotOf(pointCode: number, reference: number): number {
  let hash = Math.imul(reference ^ Math.imul(pointCode, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 15;
  return hash & (SLOTS - 1);
}
