/** The longest name or text of the world outside that faces have to draw. */
const MAX_NAME = 200;
const MAX_MESSAGE = 1000;

/** ANSI escapes: CSI and OSC sequences, whole, so that no `[31m` remains in a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** C0, DEL, C1, and the marks that reorder or hide text (bidirectional overrides, zero width). */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/**
 * A name as it may be shown: escapes and control characters gone, one line, at most 200
 * characters. HTML is left as text: faces escape what they draw.
 */
export function cleanName(name: string, max = MAX_NAME): string {
  // Cut first, with room for what is removed: a name may be megabytes long.
  const short = name
    .slice(0, max * 8)
    .replace(ESCAPES, '')
    .replace(INVISIBLE, ' ')
    .trim();
  return short.length <= max ? short : `${short.slice(0, max - 1).toWellFormed()}…`;
}

/** A message as it may be shown or logged: clean as a name is, longer, and without secrets. */
export function cleanMessage(message: string): string {
  return cleanName(withoutSecrets(message.slice(0, MAX_MESSAGE * 4)), MAX_MESSAGE);
}

const SECRETS: readonly [RegExp, string][] = [
  // Credentials within a URL: the user's name may stay, the password not.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:***@'],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  [
    /\b((?:api[_-]?key|apikey|access[_-]?token|token|secret|password|passwd|x-amz-signature|x-amz-security-token)["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
    '$1***',
  ],
  // AWS secret keys and session tokens have no mark of their own; key ids do.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, 'AKIA***'],
];

/** The text with what looks like a credential made unreadable. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}
