import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Brings an IP address to one form: without zone, IPv6 compressed, and IPv4 that is mapped into IPv6 as IPv4.
 *
 * @returns undefined for what is no address.
 */
export function normalizeAddress(text: string): string | undefined {
  const bare = text.trim().replace(/%.*$/, '');
  if (isIP(bare) === 0) return undefined;
  if (!isIPv6(bare)) return bare;
  const compressed = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (mapped === null) return compressed;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The unit that limits count: an IPv4 address, or the /64 of an IPv6 one, since that is what one customer gets. */
export function addressGroup(text: string): string {
  const address = normalizeAddress(text);
  if (address === undefined || !isIPv6(address)) return address ?? text;
  const [head = '', tail = ''] = address.split('::');
  const missing = 8 - parts(head).length - parts(tail).length;
  const groups = address.includes('::')
    ? [...parts(head), ...Array.from({ length: missing }, () => '0'), ...parts(tail)]
    : parts(address);
  return `${groups.slice(0, 4).join(':')}::/64`;
}

const parts = (half: string): string[] => (half === '' ? [] : half.split(':'));

/** True for an address of this machine itself. */
export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/** A set of addresses and networks. */
export class Networks {
  readonly #list = new BlockList();

  /** @param networks each as `isNetwork` allows it. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const { address, prefix, family } = parseNetwork(network) ?? {};
      if (address === undefined || prefix === undefined)
        throw new RangeError('not an address or network in CIDR notation');
      this.#list.addSubnet(address, prefix, family);
    }
  }

  /** @param address normalized. */
  has(address: string): boolean {
    return isIP(address) !== 0 && this.#list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}

/** True for an address, or a network in CIDR notation. */
export const isNetwork = (text: string): boolean => parseNetwork(text) !== undefined;

function parseNetwork(
  text: string,
): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [base = '', length, ...more] = text.split('/');
  const address = normalizeAddress(base);
  if (address === undefined || more.length > 0) return undefined;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const bits = family === 'ipv6' ? 128 : 32;
  if (length === undefined) return { address, prefix: bits, family };
  // A mapped network would need its prefix mapped too: write it as IPv4.
  const mapped = family === 'ipv4' && isIPv6(base);
  if (mapped || !/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  return { address, prefix: Number(length), family };
}
