import { oneLine } from '@burnrate/shared/model/text.ts';

/**
 * Text for a MarkdownString, inert: each mark that Markdown, HTML or a theme icon could begin with
 * is a numeric reference, which by CommonMark never has a meaning but its character.
 */
export function inMarkdown(text: string, longest?: number): string {
  return oneLine(text, longest).replace(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** Text for a notification, where `[text](command:...)` would become a link. */
export function inMessage(text: string, longest = 400): string {
  return oneLine(text, longest).replaceAll('](', '] (');
}
