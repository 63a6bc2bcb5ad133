import { createHash } from 'node:crypto';
import { UserError } from '../base/errors.ts';
import { printable } from './printable.ts';

/** Documents that the desk hands to the outside. */
export const DOCUMENT_KINDS = ['removal', 'restoration', 'evidence', 'lead', 'victims'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** A document to deliver: an order for the provisioning system, a notice that an evidence package is there. */
export interface Document {
  /** Its idempotency id, of the caller's making: the order id of a removal order. Posted twice, it is delivered once. */
  id: string;
  kind: DocumentKind;
  /** What it is about, in few words: a line, a gateway, a list. */
  subject: string;
  /** One sentence, in English and Chinese, for receivers that show text. */
  text: string;
  text_zh: string;
  /** The document itself: plain JSON, as it is to arrive. */
  content: Readonly<Record<string, unknown>>;
}

/** One document as receivers get it. */
export type PostedDocument = Document & {
  schema: 'catpool.document/1';
  /** Severity of RFC 5424: 5, notice. */
  severity: number;
  /** Name of the probe or desk that says so. */
  probe: string;
  /** When it was taken for delivery, ISO 8601 UTC, by the clock of the machine. */
  posted: string;
};

const ID = /^[\w.:-]{1,128}$/;
const TEXT_MAX = 1000;
const NOTICE = 5;
/** Longest document, bytes of JSON. What is larger goes by file, and its notice by document. */
const BYTES_MAX = 1024 * 1024;

/**
 * The document with its texts made printable, and its content as JSON gives it back.
 *
 * @throws UserError where its id cannot be one, or its content is no JSON or too long
 */
export function boundedDocument(document: Document): Document {
  const { id, kind, subject, text, text_zh } = document;
  if (!ID.test(id)) throw new UserError(`document: id: expected 1 to 128 letters, digits, '.', ':', '_' or '-'`);
  let json: string;
  try {
    json = JSON.stringify(document.content);
  } catch {
    throw new UserError(`document ${id}: content: expected plain JSON`);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > BYTES_MAX)
    throw new UserError(`document ${id}: content: expected at most ${BYTES_MAX} bytes, not ${bytes}`);
  return {
    id,
    kind,
    subject: printable(subject, TEXT_MAX),
    text: printable(text, TEXT_MAX),
    text_zh: printable(text_zh, TEXT_MAX),
    content: JSON.parse(json),
  };
}

/** What tells two documents under one id apart: SHA-256 of all they say, 64 hexadecimal digits. */
export function digestOf(document: Document): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex');
}

/** The document as receivers get it. */
export function renderDocument(document: Document, probe: string, posted: string): PostedDocument {
  return { schema: 'catpool.document/1', severity: NOTICE, probe, posted, ...document };
}
