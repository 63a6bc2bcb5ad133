import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../base/errors.ts';

/** Bytes of the file of a key: at least as many as a digest of SHA-256 has, at most what is a key and no capture given by mistake. */
const LEAST_BYTES = 32;
const MOST_BYTES = 4096;
/** 32 random bytes have about 30 different ones, 64 random hexadecimal digits 15 or 16. */
const LEAST_DIFFERENT = 10;

/** AES-256-GCM (NIST SP 800-38D): 96 bits of nonce, 128 of tag. */
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** There is no key for a pseudonymous store, or it is none, or another one: the store may be as well as ever. */
export class KeyTrouble extends UserError {
  /** What to do about it. */
  readonly remedy: string;

  constructor(message: string, remedy = FETCH) {
    super(message);
    this.remedy = remedy;
  }
}

const FETCH =
  'a store opens with the key that made it alone, which a new one cannot replace: fetch it from where it is kept, and look again';

/** The secret of a pseudonymous store. What is made of it serves one purpose each (HKDF, RFC 5869). */
export class PseudonymKey {
  /** Tells keys apart and says nothing of them: 16 hexadecimal digits. */
  readonly fingerprint: string;
  /** Key of the pseudonyms. */
  readonly numbers: Buffer;
  private readonly sealing: Buffer;

  constructor(secret: Uint8Array) {
    const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `catpool ${purpose}`, 32));
    this.numbers = derive('numbers');
    this.sealing = derive('loose ends');
    this.fingerprint = derive('fingerprint').toString('hex', 0, 8);
  }

  /** Enciphers: nonce, cipher text, tag. */
  seal(data: Buffer): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.sealing, nonce);
    return Buffer.concat([nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  }

  /** Deciphers what {@link seal} gave. @throws where it is not that, or not of this key */
  unseal(sealed: Buffer): Buffer {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short');
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.sealing, sealed.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
  }

  /** Digest of a text that nobody can make without the key, 16 hexadecimal digits. */
  digest(text: string): string {
    return createHmac('sha256', this.sealing).update(text).digest('hex').slice(0, 16);
  }
}

/**
 * Reads the key of a store: all bytes of a file of 32 random ones or more, which its owner alone can read, outside the store.
 *
 * @param store folder, which need not be there yet
 * @throws KeyTrouble, one line, where the file is not that
 */
export function readPseudonymKey(path: string, store: string): PseudonymKey {
  const wrong = (words: string): KeyTrouble => new KeyTrouble(`pseudonym key ${path}: ${words}`);
  let secret: Buffer;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw wrong('not a file');
    if ((stat.mode & 0o077) !== 0)
      throw wrong(`others can read it (mode ${(stat.mode & 0o777).toString(8)}): chmod 600 it`);
    if (stat.size > MOST_BYTES) throw wrong(`${stat.size} bytes are no key: ${MAKE}`);
    secret = readFileSync(path);
  } catch (error) {
    if (error instanceof KeyTrouble) throw error;
    throw wrong((error as NodeJS.ErrnoException).code === 'ENOENT' ? `no such file: ${MAKE}` : 'cannot be read');
  }
  if (secret.length < LEAST_BYTES) throw wrong(`${secret.length} bytes are too few: ${MAKE}`);
  if (new Set(secret).size < LEAST_DIFFERENT) throw wrong(`not random: ${MAKE}`);
  const way = relative(realPath(store), realPath(path));
  if (way !== '..' && !way.startsWith(`..${sep}`))
    throw wrong('inside the store: who takes the one would have the other');
  return new PseudonymKey(secret);
}

const MAKE = `(umask 077; head -c ${LEAST_BYTES} /dev/urandom > FILE) makes one`;

/** Path without links, of what may not be there yet. */
function realPath(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  const above = dirname(whole);
  return above === whole ? whole : join(realPath(above), relative(above, whole));
}
