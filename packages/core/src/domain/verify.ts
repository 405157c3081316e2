import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { letsEncrypt } from '../proxy/route.ts';
import type { Server } from '../transport/server.ts';
import { readAcmeFailure } from './acme-log.ts';
import { type Answer, ask, type Opened, open, type Question } from './ask.ts';

export interface Expectation {
  readonly domain: DomainSpec;
  readonly question: Question;
  /** ACME directory a certificate comes from. */
  readonly directory: string | undefined;
  /** When the configuration was brought into force, in seconds by the node's clock. */
  readonly since: number;
  /** Milliseconds until a certificate must be there, and until the service must answer. */
  readonly patience: { readonly certificate: number; readonly answer: number };
  /** A connection for the first question that was opened ahead. */
  readonly opened?: Promise<Opened>;
}

interface Fault {
  readonly code: 'CERTIFICATE_NOT_ISSUED' | 'DOMAIN_NOT_ANSWERING';
  readonly why: string;
}

/**
 * Asks a domain until it answers as it should, and returns that answer. Throws CERTIFICATE_NOT_ISSUED with the
 * authority's words as soon as they are final, or DOMAIN_NOT_ANSWERING.
 */
export async function verifyDomain(context: Context, server: Server, expected: Expectation): Promise<Answer> {
  const start = Date.now();
  let first = expected.opened;
  for (let pause = 50; ; pause = Math.min(pause * 1.6, 1000)) {
    context.signal.throwIfAborted();
    const result = await attempt(server, expected, first);
    first = undefined;
    if ('status' in result) return result;
    const waited = Date.now() - start;
    const obtaining = result.code === 'CERTIFICATE_NOT_ISSUED';
    const failure =
      obtaining && waited > 300 ? await readAcmeFailure(server, expected.question.host, expected.since) : undefined;
    const limit = obtaining ? expected.patience.certificate : expected.patience.answer;
    if (failure?.final || waited > limit) {
      throw refusal(server, expected, failure === undefined ? result : { ...result, why: failure.reason });
    }
    await sleep(pause, undefined, { signal: context.signal });
  }
}

async function attempt(
  server: Server,
  expected: Expectation,
  opened: Promise<Opened> | undefined,
): Promise<Answer | Fault> {
  try {
    const answer = await ask(await (opened ?? open(server, expected.question)), expected.question);
    return faultOf(answer, expected) ?? answer;
  } catch (error) {
    if (error instanceof DrayageError && error.code === 'SSH_FORWARDING_REFUSED') throw error;
    const why = error instanceof Error ? error.message : String(error);
    // Without a certificate for the name the proxy ends the handshake with an alert.
    const isHandshake = expected.question.https && /alert|handshake|SSL/i.test(why);
    return isHandshake
      ? { code: 'CERTIFICATE_NOT_ISSUED', why: 'the proxy has no certificate for it' }
      : { code: 'DOMAIN_NOT_ANSWERING', why };
  }
}

function faultOf(answer: Answer, { domain, directory }: Expectation): Fault | undefined {
  const { certificate, status } = answer;
  if (certificate !== undefined) {
    const wrong = (why: string): Fault => ({ code: 'CERTIFICATE_NOT_ISSUED', why });
    if (certificate.mismatch !== undefined) return wrong(`another certificate is served (${certificate.mismatch})`);
    if (/Caddy Local Authority|TRAEFIK DEFAULT CERT/i.test(certificate.issuer)) {
      return wrong(`the proxy serves a certificate of its own (${certificate.issuer})`);
    }
    if (domain.certificate.kind === 'custom' && certificate.sha256 !== fingerprint(domain.certificate.cert)) {
      return wrong(`the certificate served is not the one given, but one by ${certificate.issuer}`);
    }
    if (domain.certificate.kind === 'letsencrypt' && directory === letsEncrypt && !certificate.trusted) {
      return wrong(`the certificate by ${certificate.issuer} is not trusted`);
    }
    if (certificate.expires.getTime() < Date.now()) return wrong(`it expired on ${certificate.expires.toISOString()}`);
  }
  if (status >= 500) {
    const why = status === 502 ? 'the proxy cannot reach the service (502)' : `the service answered ${status}`;
    return { code: 'DOMAIN_NOT_ANSWERING', why };
  }
  return undefined;
}

function refusal(server: Server, { question, patience }: Expectation, { code, why }: Fault): DrayageError {
  const url = `${question.https ? 'https' : 'http'}://${question.host}${question.path}`;
  if (code === 'CERTIFICATE_NOT_ISSUED') {
    return new DrayageError(code, `${server.name}: no certificate for ${question.host}: ${why}`, {
      hint: `Check that ${question.host} points to ${server.name} and that port 80 is open; the proxy goes on trying by itself.`,
    });
  }
  return new DrayageError(
    code,
    `${server.name}: ${url} does not answer as it should: ${why}. Waited ${patience.answer / 1000} s.`,
    {
      hint: `Look at the service: drayage logs, drayage status`,
    },
  );
}

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
