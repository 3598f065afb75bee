import { COUNTRIES, type Country } from './country.ts';
import { type Customer, makeCustomer } from './customer.ts';
import { dayAfter, instantBetween } from './dates.ts';
import { ticketText } from './notes.ts';
import { PRODUCTS } from './products.ts';
import { SeededRandom } from './random.ts';

export interface Order {
  readonly id: number;
  readonly customer_id: number;
  readonly product_id: number;
  readonly quantity: number;
  readonly total: string;
  readonly status: string;
  readonly ordered_at: string;
}

export interface SupportTicket {
  readonly id: number;
  readonly customer_id: number;
  readonly priority: string;
  readonly subject: string;
  readonly body: string;
  readonly opened_at: string;
  readonly closed_at: string | null;
}

export interface Product {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly price: string;
}

/** Rows of every table of the sample database, by table name, in an order that satisfies the foreign keys. */
export interface Crm {
  readonly products: readonly Product[];
  readonly customers: readonly Customer[];
  readonly orders: readonly Order[];
  readonly support_tickets: readonly SupportTicket[];
}

export interface CrmSize {
  readonly customers: number;
  readonly orders: number;
  readonly supportTickets: number;
}

/** The size of the demo. */
export const DEMO_SIZE: CrmSize = { customers: 5_600, orders: 20_000, supportTickets: 8_000 };

/** The seed of the demo, so that a screenshot of one machine shows what another has. */
export const DEMO_SEED = 20_260_101;

/** The same rows for the same seed and size, on every machine. Nobody in them exists. */
export function makeCrm(seed: number = DEMO_SEED, size: CrmSize = DEMO_SIZE): Crm {
  const random = new SeededRandom(seed);
  const customers = rows(size.customers, (id) => makeCustomer(id, countryOf(random), random));
  return {
    products: PRODUCTS,
    customers,
    orders: rows(size.orders, (id) => makeOrder(id, random.pick(customers), random)),
    support_tickets: rows(size.supportTickets, (id) => makeTicket(id, random.pick(customers), random)),
  };
}

const rows = <Row>(count: number, make: (id: number) => Row): Row[] =>
  Array.from({ length: count }, (_, index) => make(index + 1));

/** The bank is German: about a third of its customers are, the others live where it has branches. */
const countryOf = (random: SeededRandom): Country => (random.chance(0.1) ? 'DE' : random.pick(COUNTRIES));

function makeOrder(id: number, customer: Customer, random: SeededRandom): Order {
  const product = random.pick(PRODUCTS);
  const quantity = random.pick([1, 1, 1, 1, 2, 2, 3, 5]);
  return {
    id,
    customer_id: customer.id,
    product_id: product.id,
    quantity,
    total: (Number(product.price) * quantity).toFixed(2),
    status: random.pick(['open', 'paid', 'paid', 'paid', 'shipped', 'shipped', 'cancelled']),
    ordered_at: instantBetween(customer.created_at.slice(0, 10), '2026-06-30', random),
  };
}

function makeTicket(id: number, customer: Customer, random: SeededRandom): SupportTicket {
  const [first = '', ...last] = customer.name.split(' ');
  const text = ticketText(
    {
      first,
      last: last.join(' '),
      email: customer.email,
      phone: customer.phone,
      nationalId: customer.national_id,
    },
    random,
  );
  const openedAt = instantBetween(customer.created_at.slice(0, 10), '2026-06-30', random);
  return {
    id,
    customer_id: customer.id,
    priority: random.pick(['low', 'normal', 'normal', 'normal', 'high', 'urgent']),
    ...text,
    opened_at: openedAt,
    closed_at: random.chance(0.2) ? null : instantBetween(dayAfter(openedAt), '2026-07-31', random),
  };
}
