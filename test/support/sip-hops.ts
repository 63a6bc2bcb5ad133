import { request, response } from './sip-messages.ts';

/** A caller, a proxy that passes its INVITE on under the same Call-ID, and two phones. */
export const CALLER = '10.0.0.1';
export const PROXY = '10.0.0.2';
export const PHONE = '10.0.0.3';
export const OTHER = '10.0.0.4';
export const AT_PHONE = `sip:x7f3@${PHONE}:5060`;
export const AT_OTHER = `sip:y@${OTHER}:5060`;

/** A message of one hop: its Vias, the last sender's first (RFC 3261 §16.6 step 8), by their branches. */
export function hop(message: readonly string[], ...branches: string[]): string[] {
  const vias = branches.map((branch) => `Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK${branch}`);
  return [message[0]!, ...vias, ...message.slice(2)];
}

/** An INVITE that the proxy was sent with branch `u`, on a branch of its own. */
export function pass(branch: string, uri: string, more: readonly string[] = []): string[] {
  return hop(request('INVITE', 1, { uri, more }), branch, 'u');
}

/** What answers the INVITE on a branch. */
export function say(status: string, branch: string, toTag: string): string[] {
  return hop(response(status, 'INVITE', 1, { toTag }), ...(branch === 'u' ? ['u'] : [branch, 'u']));
}

export function cancel(branch: string): string[] {
  return hop(request('CANCEL', 1), branch);
}

export function bye(toTag: string): string[] {
  return hop(request('BYE', 2, { toTag }), 'bye');
}
