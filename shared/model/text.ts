const LONGEST = 80;

/**
 * One line of text as it may stand in an interface of the operating system: what providers and
 * colleagues call their jobs may be 10 kB long, hold terminal escapes, or turn the direction of
 * writing around.
 */
export function oneLine(text: string, longest = LONGEST): string {
  const clean = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = [...clean];
  if (characters.length <= longest) return clean;
  return `${characters.slice(0, longest - 1).join('')}…`;
}
