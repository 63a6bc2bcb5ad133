import type { Stop } from '../base/stop.ts';

/** Methods by number, so that hot paths compare numbers. 0 is an extension method. */
export const Method = {
  Other: 0,
  INVITE: 1,
  ACK: 2,
  BYE: 3,
  CANCEL: 4,
  REGISTER: 5,
  OPTIONS: 6,
  MESSAGE: 7,
  SUBSCRIBE: 8,
  NOTIFY: 9,
  PRACK: 10,
  UPDATE: 11,
  INFO: 12,
  REFER: 13,
  PUBLISH: 14,
} as const;

/** Header fields the scanner knows by number; every other one is `Other`. Compact forms give the same number. */
export const Header = {
  Other: 0,
  Via: 1,
  From: 2,
  To: 3,
  CallId: 4,
  CSeq: 5,
  Contact: 6,
  ContentLength: 7,
  ContentType: 8,
  UserAgent: 9,
  Server: 10,
  PAssertedIdentity: 11,
  PPreferredIdentity: 12,
  RemotePartyId: 13,
  Diversion: 14,
  HistoryInfo: 15,
  Privacy: 16,
  PAccessNetworkInfo: 17,
  PChargingVector: 18,
  PVisitedNetworkId: 19,
  Allow: 20,
  Supported: 21,
  Expires: 22,
  Reason: 23,
  Route: 24,
  RecordRoute: 25,
  Authorization: 26,
  ProxyAuthorization: 27,
  WwwAuthenticate: 28,
  ProxyAuthenticate: 29,
  RetryAfter: 30,
  MaxForwards: 31,
  ContentEncoding: 32,
  PCalledPartyId: 33,
  PAssociatedUri: 34,
  Require: 35,
  RSeq: 36,
  RAck: 37,
  Replaces: 38,
  MinExpires: 39,
  Event: 40,
  SubscriptionState: 41,
  Subject: 42,
  Date: 43,
  Organization: 44,
  FlowTimer: 45,
  ReferTo: 46,
  Path: 47,
  ServiceRoute: 48,
  CellularNetworkInfo: 49,
  InReplyTo: 50,
  TargetDialog: 51,
} as const;
export const HEADER_COUNT = 64;

/** Ints per row of {@link SipMessage.rows}: header number, name start, value start, value end. */
export const ROW = 4;

/**
 * One scanned SIP message (RFC 3261 §7): offsets into `data`, no text. Reused by the scanner for the next message.
 *
 * Value ranges are trimmed of white space at both ends; folded lines (§7.3.1) stay inside the range as they were sent.
 */
export interface SipMessage {
  data: Buffer;
  /** First byte of the start line. */
  start: number;
  /** After the last byte of the message, body included. */
  end: number;
  /** Method number of a request, else 0. */
  method: number;
  /** Method text range of a request. */
  methodStart: number;
  methodEnd: number;
  /** Request-URI range of a request. */
  uriStart: number;
  uriEnd: number;
  /** Status code of a response, -1 where it is no code of three digits (`stop` says so); 0 on a request. */
  status: number;
  /** Reason phrase range of a response. */
  reasonStart: number;
  reasonEnd: number;
  /** Header rows in order of appearance, {@link ROW} ints each. */
  rows: Int32Array;
  rowCount: number;
  /** By header number: 1 + index of the first row with it, 0 where absent. */
  first: Int32Array;
  /** CSeq number, -1 where missing or malformed. */
  cseq: number;
  /** Method number in CSeq. */
  cseqMethod: number;
  /** Range of the method text in CSeq. */
  cseqMethodStart: number;
  cseqMethodEnd: number;
  /** First body byte; equals `end` where there is none. */
  bodyStart: number;
  /** Content-Length as sent, -1 where missing, -2 where malformed. */
  contentLength: number;
  /** Set where the message ended early or a line could not be read. */
  stop: Stop | null;
}
