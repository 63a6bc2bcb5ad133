/** An SMS-STATUS-REPORT (3GPP TS 23.040 §9.2.2.3): what became of a message to this number. */
export function statusReport(recipient: string): Buffer {
  const digits = recipient.length % 2 === 0 ? recipient : `${recipient}f`;
  const swapped = digits.replace(/(.)(.)/g, '$2$1');
  const times = '62112721000000'.repeat(2);
  return Buffer.from(`0605${recipient.length.toString(16).padStart(2, '0')}91${swapped}${times}00`, 'hex');
}
