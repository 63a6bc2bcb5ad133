/**
 * Name of a capture as events and loose ends hold it. The SHA-256 of its decompressed bytes is known only when the last byte
 * has been read, so events hold this object and the text is filled in at the end of the file.
 */
export interface CaptureName {
  /** Lower-case hexadecimal SHA-256; empty until the capture has been read. */
  sha256: string;
}
