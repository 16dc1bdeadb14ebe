/** What the simulated cloud answers to one request. */
export interface Answer {
  status: number;
  type: string;
  body: string;
}

/** One request, as AWS's clients send them: an action, where, and its parameters. */
export interface Ask {
  action: string;
  region: string;
  parameters: URLSearchParams;
}

/** A refusal in AWS's words: the client sees its code. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const REQUEST_ID = '59dbff89-35bd-4eac-99ed-be587EXAMPLE';

/** A successful answer of the EC2 Query protocol. */
export function ec2Answer(action: string, content: string): Answer {
  return {
    status: 200,
    type: 'text/xml;charset=UTF-8',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${REQUEST_ID}</requestId>${content}</${action}Response>`,
  };
}

export function ec2Refusal({ status, code, message }: Refused): Answer {
  return {
    status,
    type: 'text/xml;charset=UTF-8',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></Errors><RequestID>${REQUEST_ID}</RequestID></Response>`,
  };
}

/** One element; nothing where there is no value, as EC2 leaves out what does not apply. */
export function element(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** A list as the protocol writes it: `<name><item>…</item></name>`, each item's content as given. */
export function list(name: string, items: readonly string[]): string {
  return `<${name}>${items.map((item) => `<item>${item}</item>`).join('')}</${name}>`;
}

/** XML 1.0 has no way to write most control characters: they become the replacement character. */
function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

/** `InstanceId.1`, `InstanceId.2`, …: a list as the Query protocol flattens it. */
export function listIn(parameters: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = parameters.get(`${name}.${index}`);
    if (value === null) return values;
    values.push(value);
  }
}

/** `Filter.1.Name` with its `Filter.1.Value.1`, …. */
export function filtersIn(parameters: URLSearchParams): { name: string; values: string[] }[] {
  const filters: { name: string; values: string[] }[] = [];
  for (let index = 1; ; index += 1) {
    const name = parameters.get(`Filter.${index}.Name`);
    if (name === null) return filters;
    filters.push({ name, values: listIn(parameters, `Filter.${index}.Value`) });
  }
}
