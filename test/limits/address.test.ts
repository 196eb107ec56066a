import { assert as check, ipV6, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAddress } from '../../api/http/client-address.ts';
import { addressGroup, isNetwork, Networks, normalizeAddress } from '../../src/limits/address.ts';

describe('normalizeAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    [' ::1 ', '::1'],
    ['192.0.2.256', undefined],
    ['192.0.2', undefined],
    ['0x7f.1', undefined],
    ['localhost', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(normalizeAddress(text)).toBe(expected);
  });

  it('is at rest after one time, for any IPv6 address, and so is its group', () => {
    check(
      property(ipV6(), (text) => {
        const once = normalizeAddress(text) ?? '';
        expect(normalizeAddress(once)).toBe(once);
        expect(addressGroup(text)).toBe(addressGroup(once));
      }),
    );
  });
});

describe('addressGroup', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['telegram:42', 'telegram:42'],
  ])('groups %s under %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});

describe('networks', () => {
  it.each(['10.0.0.0/8', '10.0.0.7', '::1', 'fd00::/8', '::ffff:10.0.0.7', '0.0.0.0/0'])(
    '%s is one',
    (text) => {
      expect(isNetwork(text)).toBe(true);
    },
  );

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '::ffff:10.0.0.0/104',
    'proxy',
    'fd00::/129',
  ])('%s is none', (text) => {
    expect(isNetwork(text)).toBe(false);
    expect(() => new Networks([text])).toThrow(RangeError);
  });
});

describe('resolveAddress', () => {
  const proxies = new Networks(['10.0.0.0/8', '::1', '2001:db8::/32']);

  it.each([
    ['believes nobody who is not trusted', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['believes a trusted proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['knows a trusted proxy in its mapped form', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['walks over several proxies', '10.0.0.1', '198.51.100.1, 10.9.9.9, 10.2.3.4', '198.51.100.1'],
    [
      'ignores what a client claims in front',
      '10.0.0.1',
      '127.0.0.1, 10.1.1.1, 198.51.100.1',
      '198.51.100.1',
    ],
    ['stops at a malformed entry', '10.0.0.1', '198.51.100.1, evil, 10.2.3.4', '10.2.3.4'],
    ['stops at an empty entry', '10.0.0.1', '198.51.100.1,', '10.0.0.1'],
    ['takes the farthest if all are trusted', '10.0.0.1', '10.3.3.3, 10.2.3.4', '10.3.3.3'],
    ['reads entries with a port', '::1', '198.51.100.1:4711', '198.51.100.1'],
    ['reads IPv6 entries with a port', '::1', '[2001:db9::5]:4711', '2001:db9::5'],
    ['does without a header', '10.0.0.1', undefined, '10.0.0.1'],
    ['does without a peer', undefined, '198.51.100.1', 'unknown'],
  ])('%s', (_title, peer, header, expected) => {
    expect(resolveAddress(peer, header, proxies)).toBe(expected);
  });

  it('never yields anything but an address, whatever the header holds', () => {
    check(
      property(string(), (header) => {
        expect(normalizeAddress(resolveAddress('10.0.0.1', header, proxies))).toBeDefined();
      }),
    );
  });
});
