/** A sentence in the language of the editor; `{0}` and on are replaced by the arguments. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

const inEnglish: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));

let translate: Translate = inEnglish;

/** Gives the editor's own translation, once, when the extension starts. */
export function translateWith(own: Translate): void {
  translate = own;
}

/** English until the editor's translation is known, and where it has none. */
export const t: Translate = (message, ...args) => translate(message, ...args);
