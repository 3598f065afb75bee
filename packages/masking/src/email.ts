import { type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import { type Transform, textTransform } from './cell-transform.ts';

/** RFC 5321 4.5.3.1: what an address may be at most. */
const LOCAL_LENGTH_MAX = 64;
const ADDRESS_LENGTH_MAX = 254;
/** A dot-atom in the sense of RFC 6531; quoted local parts and address literals are not taken for addresses. */
const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u;
/** What the three below accept in ASCII, at once: nearly all addresses. */
const ASCII_ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;
const TOP_LEVEL = /^(?:\p{L}{2,63}|xn--[a-z0-9-]{2,59})$/iu;
/** Stands for a domain that is not kept; RFC 2606 reserves its top level. */
const HIDDEN_DOMAIN = 'masked.invalid';
/** A local part shorter than this shows nothing. */
const LOCAL_LENGTH_MIN = 3;

/** `email`: `a***@example.com`. Whatever is not exactly one address is redacted whole. */
export function email(spec: MaskSpec, format: ValueFormat): Transform {
  const keepDomain = maskOption(spec, 'keep_domain') === true;
  const keepFirst = maskOption(spec, 'keep_first') === true;
  return textTransform(format, (text) => {
    const parts = splitAddress(text);
    if (parts === undefined) return undefined;
    const first = keepFirst ? firstOf(parts.local) : '';
    return `${first}***@${keepDomain ? parts.domain : HIDDEN_DOMAIN}`;
  });
}

function firstOf(local: string): string {
  const points = Array.from(local);
  return points.length >= LOCAL_LENGTH_MIN ? (points[0] ?? '') : '';
}

function splitAddress(text: string): { local: string; domain: string } | undefined {
  if (text.length > ADDRESS_LENGTH_MAX) return undefined;
  const at = text.indexOf('@');
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (ASCII_ADDRESS.test(text)) return at <= LOCAL_LENGTH_MAX ? { local, domain } : undefined;
  const labels = domain.split('.');
  const top = labels.pop() ?? '';
  const valid =
    at !== -1 &&
    local.length <= LOCAL_LENGTH_MAX &&
    LOCAL.test(local) &&
    labels.length > 0 &&
    labels.every((label) => LABEL.test(label)) &&
    TOP_LEVEL.test(top);
  return valid ? { local, domain } : undefined;
}
