/** The characters that mean something in an exposition. */
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const COMMA = 0x2c;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;
export const OPEN = 0x7b;
export const CLOSE = 0x7d;

/** The first byte of `[from, to)` that is no blank, or `to`. */
export function skipBlanks(bytes: Buffer, from: number, to: number): number {
  let index = from;
  while (index < to && (bytes[index] === SPACE || bytes[index] === TAB)) index += 1;
  return index;
}

/** The end of what begins at `from` and has no blanks. */
export function tokenEnd(bytes: Buffer, from: number, to: number): number {
  let index = from;
  while (index < to && bytes[index] !== SPACE && bytes[index] !== TAB) index += 1;
  return index;
}

/** The end of the name that begins at `from`. */
export function nameEnd(bytes: Buffer, from: number, to: number): number {
  let index = from;
  while (index < to && isNamePart(bytes[index])) index += 1;
  return index;
}

/** `[a-zA-Z_:]` */
export function isNameStart(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || byte === 0x5f || byte === 0x3a;
}

/** `[a-zA-Z0-9_:]` */
export function isNamePart(byte: number | undefined): boolean {
  return byte !== undefined && (isNameStart(byte) || (byte >= 0x30 && byte <= 0x39));
}
