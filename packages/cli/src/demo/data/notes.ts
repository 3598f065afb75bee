import type { SeededRandom } from './random.ts';

/** What a note about a customer may quote: the reason why free text is regulated. */
export interface Quotable {
  readonly first: string;
  readonly last: string;
  readonly email: string;
  readonly phone: string | null;
  readonly nationalId: string;
}

type Sentence = (customer: Quotable, random: SeededRandom) => string;

const HARMLESS: readonly Sentence[] = [
  () => 'Long-standing customer, pays on time.',
  () => 'Prefers to be called in the afternoon.',
  () => 'Asked about the savings plan, brochure sent.',
  () => 'Complained about the waiting time at the branch; apologised.',
  () => 'Wants paper statements.',
  (_, random) =>
    `Visited the branch on a ${random.pick(['Monday', 'Tuesday', 'Thursday'])}, advised on the credit card.`,
  () => 'Moved recently, address checked.',
];

const QUOTING: readonly Sentence[] = [
  ({ email }) => `Write to ${email} only, the old mailbox is closed.`,
  ({ phone, first }) => (phone === null ? `${first} gave no number.` : `Call back on ${phone} and ask for ${first}.`),
  ({ nationalId }) => `Identity checked against ${nationalId}, copy on file.`,
  ({ first, last }) => `${first} ${last} holds a power of attorney for a parent.`,
  ({ last, email }) => `Invoice goes to the accountant of ${last}, copy to ${email}.`,
];

/** One to three sentences, about half of which quote something that regulated columns hold. */
export function customerNote(customer: Quotable, random: SeededRandom): string {
  const count = random.integer(1, 3);
  const sentences = new Set<string>();
  for (let index = 0; index < count; index++) {
    sentences.add(random.pick(random.chance(0.5) ? QUOTING : HARMLESS)(customer, random));
  }
  return [...sentences].join(' ');
}

const TOPICS: readonly (readonly [subject: string, body: Sentence])[] = [
  ['Card declined', ({ last }) => `My card was declined twice yesterday. Please check. ${last}`],
  ['Cannot log in', ({ email }) => `The reset mail never arrives. My address is ${email}, please send it there.`],
  ['Change of phone number', ({ phone }) => `Please use ${phone ?? 'my landline'} from now on, the old one is gone.`],
  ['Missing transfer', (_, random) => `A transfer of ${random.integer(20, 900)}.00 has not arrived after five days.`],
  ['Proof of identity', ({ nationalId, first, last }) => `As asked: my number is ${nationalId}. ${first} ${last}`],
  ['Question on fees', () => 'Why was I charged a fee for the account this month? It used to be free.'],
  ['Close my account', ({ first, email }) => `Please close it and confirm to ${email}. Thanks, ${first}`],
  ['Statement for the tax office', () => 'I need the yearly statement again, the first one was lost.'],
];

/** What a customer wrote to support. */
export function ticketText(
  customer: Quotable,
  random: SeededRandom,
): { readonly subject: string; readonly body: string } {
  const [subject, body] = random.pick(TOPICS);
  return { subject, body: body(customer, random) };
}
