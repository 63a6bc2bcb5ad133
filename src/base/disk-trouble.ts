/** No room, no right to write, a failing disk: words of the system and of SQLite, which pass through many hands. */
const DISK_TROUBLE =
  /no space left|read-only file system|disk quota|input\/output error|ENOSPC|EROFS|EDQUOT|\bEIO\b|database or disk is full|readonly database|disk I\/O error/i;

/** Whether an error is of a disk that may be well again later. */
export function isDiskTrouble(error: unknown): boolean {
  return DISK_TROUBLE.test(String((error as Error | null)?.message ?? error));
}
