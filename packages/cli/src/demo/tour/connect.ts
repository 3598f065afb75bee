import { makeCertificateAuthority } from '../certificates.ts';
import { errorOf, oneResult } from './outcome.ts';
import type { TourStep } from './step.ts';

/** A token in the password field, over TLS that the driver verifies; SHOW tells who the gateway takes one for. */
export const connect: TourStep = {
  title: 'An agent connects with a stock driver, and the gateway knows who it is',
  async run(stage, report) {
    const agent = await stage.agent();
    report.act('support-agent', 'SHOW bailiwick.identity');
    const { rows } = oneResult(await agent.query('SHOW bailiwick.identity'));
    const says = Object.fromEntries(rows.map(({ name, value }) => [String(name), String(value)]));
    for (const name of ['human', 'agent', 'groups', 'region', 'model_region']) report.show(`${name}: ${says[name]}`);
    report.check(
      'an agent acts for a person, both in Germany',
      says.agent === 'support-copilot' && says.human === 'maria.keller@bank.example' && says.region === 'DE',
      `${says.name}`,
    );
    const token = await stage.demo.token('support-agent');
    const signature = token.split('.').at(-1) ?? token;
    report.check('nothing of the token is shown', !JSON.stringify(rows).includes(signature), `${rows.length} rows`);

    const forged = await errorOf(stage.connectWith(`${token.slice(0, -8)}AAAAAAAA`, 'support-agent'));
    report.check('a token with a forged signature opens no session', forged.code === '28P01', forged.message);
    const stranger = makeCertificateAuthority('Somebody else').cert;
    const distrusted = await errorOf(stage.connectWith(token, 'support-agent', stranger));
    report.check(
      'the driver verified the certificate: with another authority it does not connect',
      /CERT|SIGNATURE|ISSUER|VERIFY/i.test(distrusted.code),
      distrusted.code,
    );
  },
};
