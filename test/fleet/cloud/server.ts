import type { IncomingMessage } from 'node:http';
import { type Listening, listen } from '../listen.ts';
import { type Answer, ec2Refusal, element, Refused } from './answer.ts';
import { type Cloud, ec2 } from './ec2.ts';
import { getMetricData, listMetrics } from './metrics.ts';
import { getProducts } from './prices.ts';
import { unusedService } from './unused.ts';

/**
 * The simulated cloud behind one address, as `AWS_ENDPOINT_URL` names it: EC2 and STS by the Query
 * protocol, the Price List by JSON 1.1. The region is the one that the request is signed for;
 * signatures are not checked.
 */
export function openCloud(cloud: Cloud): Promise<Listening> {
  return listen(async (request, response) => {
    const answer = await answerTo(cloud, request);
    response.writeHead(answer.status, { 'Content-Type': answer.type });
    response.end(answer.body);
  });
}

async function answerTo(cloud: Cloud, request: IncomingMessage): Promise<Answer> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') return json(cloud, { target, region: regionOf(request), body });
    const unused = unusedService(request.url ?? '/');
    if (unused) return unused;
    const parameters = new URLSearchParams(body);
    const action = parameters.get('Action') ?? '';
    if (action === 'GetCallerIdentity') return identity(cloud);
    return ec2(cloud, { action, region: regionOf(request), parameters });
  } catch (error) {
    if (error instanceof Refused) return ec2Refusal(error);
    process.stderr.write(`fleet: ${(error as Error).stack}\n`);
    return ec2Refusal(new Refused(500, 'InternalError', 'An internal error has occurred'));
  }
}

/** `Credential=AKIA…/20260102/us-east-1/ec2/aws4_request` in the signature. */
function regionOf({ headers }: IncomingMessage): string {
  const scope = /Credential=[^/]+\/\d{8}\/([^/]+)\//.exec(headers.authorization ?? '');
  if (scope?.[1]) return scope[1];
  throw new Refused(
    401,
    'AuthFailure',
    'AWS was not able to validate the provided access credentials',
  );
}

function identity({ account, user }: Cloud): Answer {
  const content = `<GetCallerIdentityResult>${element('Arn', `arn:aws:iam::${account}:user/${user}`)}${element('UserId', 'AIDA4SIMULATEDUSER001')}${element('Account', account)}</GetCallerIdentityResult>`;
  return {
    status: 200,
    type: 'text/xml',
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${content}<ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
  };
}

function json(
  cloud: Cloud,
  { target, region, body }: { target: string; region: string; body: string },
): Answer {
  if (target === 'AWSPriceListService.GetProducts') return getProducts(JSON.parse(body));
  if (target === 'GraniteServiceVersion20100801.GetMetricData')
    return getMetricData(cloud, JSON.parse(body));
  if (target === 'GraniteServiceVersion20100801.ListMetrics')
    return listMetrics(cloud, region, JSON.parse(body));
  const unused = unusedService(target);
  if (unused) return unused;
  return {
    status: 400,
    type: 'application/x-amz-json-1.1',
    body: JSON.stringify({ __type: 'UnknownOperationException', message: target }),
  };
}
