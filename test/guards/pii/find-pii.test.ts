import { describe, expect, it } from 'vitest'
import { piiFinder } from '../../../src/guards/pii/find-pii.ts'
import type { FindPiiOptions } from '../../../src/guards/pii/options.ts'
import { verifies } from '../../support/verifies.ts'

const find = piiFinder()

/** What is found, as `TYPE value`. */
function seen(text: string, finder = find): string[] {
  return finder(text).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`)
}

function finds(type: string, cases: readonly (readonly [string, string])[]): void {
  it.each(cases)('finds %s', (text, value) => {
    expect(seen(text)).toContain(`${type} ${value}`)
  })
}

function passes(type: string, cases: readonly string[]): void {
  it.each(cases)('passes over %s', (text) => {
    expect(seen(text).filter((line) => line.startsWith(`${type} `))).toEqual([])
  })
}

describe('e-mail addresses', verifies('E6'), () => {
  finds('EMAIL', [
    ['write to ann.lee+news@mail.example.co.uk, please', 'ann.lee+news@mail.example.co.uk'],
    ['<bob_77@example.org>', 'bob_77@example.org'],
    ['mailto:eve@example.com?subject=hi', 'eve@example.com'],
    ["name='o'hara@example.com'", "o'hara@example.com"],
    ['jürgen@münchen.example', 'jürgen@münchen.example'],
    ['メールはken@example.jpです', 'ken@example.jp'],
    ['a@example.com,b@example.com', 'b@example.com'],
    ['See ann@example.com.Then go.', 'ann@example.com'],
    ['To: ann@example.comHi Ann', 'ann@example.com'],
    ["f'{ann@example.com}'", 'ann@example.com'],
    ['to x@xn--80ak6aa92e.example now', 'x@xn--80ak6aa92e.example'],
  ])
  passes('EMAIL', [
    'npm i left-pad@1.3.0',
    '@types/node and @decorator',
    'git@github.com:acme/repo.git',
    'user@localhost',
    'https://user:pw@host.example/x is an address of a page',
    'a @ b and mail@ alone',
    'logo@2x.png and icon@3x.svg',
  ])
})

describe('payment cards', verifies('E6'), () => {
  finds('CREDIT_CARD', [
    ['card 4111 1111 1111 1111 exp 12/28', '4111 1111 1111 1111'],
    ['pay with 5500-0000-0000-0004', '5500-0000-0000-0004'],
    ['3782 822463 10005', '3782 822463 10005'],
    ['30569309025904', '30569309025904'],
    ['6011000990139424', '6011000990139424'],
    ['3530111333300000', '3530111333300000'],
    ['180000000000002', '180000000000002'],
    ['6304000000000000', '6304000000000000'],
    ['501800000009', '501800000009'],
    ['{"card":4111111111111111}', '4111111111111111'],
    ['my credit card is 4532 1234 5678 9012', '4532 1234 5678 9012'],
    ['Card number: 1234-5678-9012-3456', '1234-5678-9012-3456'],
    ['Visa card 4532123456789012', '4532123456789012'],
  ])
  passes('CREDIT_CARD', [
    '4111 1111 1111 1112',
    'ORD-4111111111111111',
    '1700369912116 is a time',
    '0.4111111111111111',
    'Invalid test number 4111111111111112 fails the Luhn check.',
    '+4111111111111111',
    '9999 9999 9999 9995',
    'values 1234 5678 9012 3456',
    '4167  56430  73809  56631',
    '6333 956 248 1783 8',
    'the build took 1234567890123456 ns',
  ])
})

describe('account numbers', verifies('E6'), () => {
  finds('IBAN', [
    ['IBAN DE89 3704 0044 0532 0130 00, BIC COBADEFF', 'DE89 3704 0044 0532 0130 00'],
    ['GB82WEST12345698765432', 'GB82WEST12345698765432'],
    ['iban:LU28 0019 4006 4475 0000', 'LU28 0019 4006 4475 0000'],
    ['IBANNO9386011117947', 'NO9386011117947'],
    ['gb82west12345698765432', 'gb82west12345698765432'],
    ['account DE00 3704 0044 0532 0130 00', 'DE00 3704 0044 0532 0130 00'],
  ])
  passes('IBAN', ['DE00 3704 0044 0532 0130 00', 'GB82WEST1234569876543', 'XX82WEST12345698765432', 'AB12 is a gate'])
})

describe('social security numbers', verifies('E6'), () => {
  finds('US_SSN', [
    ['SSN 536-90-4399', '536-90-4399'],
    ['his number: 536-90-4399.', '536-90-4399'],
    ['social security 536904399', '536904399'],
    ['ssn 536 90 4399', '536 90 4399'],
    ['acme.example536-90-4399', '536-90-4399'],
    ['SSN: 987-65-4321', '987-65-4321'],
  ])
  passes('US_SSN', [
    '000-12-3456',
    '666-12-3456',
    '536-00-4399',
    '536-90-0000',
    '078-05-1120',
    '536904399',
    '536-90-43991',
    '161 6 294 91 3403 9 93',
  ])
})

describe('network addresses', verifies('E6'), () => {
  finds('IP_ADDRESS', [
    ['from 203.0.113.7:8080', '203.0.113.7'],
    ['10.0.0.0/8 is private', '10.0.0.0/8'],
    ['2001:db8::8a2e:370:7334', '2001:db8::8a2e:370:7334'],
    ['http://[fe80::1%eth0]/x', 'fe80::1%eth0'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['ip 1.2.3.4', '1.2.3.4'],
  ])
  finds('MAC_ADDRESS', [
    ['mac 00:1A:2b:3C:4d:5E', '00:1A:2b:3C:4d:5E'],
    ['00-1A-2B-3C-4D-5E', '00-1A-2B-3C-4D-5E'],
  ])
  passes('IP_ADDRESS', [
    'version 1.2.3.4',
    'v1.2.3.4',
    '1.3.6.1.4.1.311',
    'std::vector a::b',
    'at 12:34:56 today',
    '256.1.1.1',
    '1.2.3',
    'RFC section 14.12.36.1',
  ])
})

describe('phone numbers', verifies('E6'), () => {
  finds('PHONE', [
    ['call +44 20 7946 0958', '+44 20 7946 0958'],
    ['+49 (0)30 901820', '+49 (0)30 901820'],
    ['+12025550143', '+12025550143'],
    ['0049 30 901820', '0049 30 901820'],
    ['(202) 555-0143', '(202) 555-0143'],
    ['202-555-0143 x12', '202-555-0143 x12'],
    ['202.555.0143', '202.555.0143'],
    ['202.555.0143x4321', '202.555.0143x4321'],
    ['or (202) 555-0143 x504.', '(202) 555-0143 x504'],
    ['電話は(202) 555-0143 x57です', '(202) 555-0143 x57'],
    ['001-202-555-0143', '001-202-555-0143'],
    ['(+86) 10 8345 6789', '(+86) 10 8345 6789'],
    ['030 / 901820', '030 / 901820'],
    ['020 7946 0958', '020 7946 0958'],
    ['06 12 34 56 79', '06 12 34 56 79'],
    ['Tel. 30901820', '30901820'],
    ['phone: 5551234567', '5551234567'],
    ['my number is 612 34 56 78', '612 34 56 78'],
    ['555-0143', '555-0143'],
    ['電話番号は090-1234-5678です', '090-1234-5678'],
    ['"phone": "601 186 889"', '601 186 889'],
    ['(11) 96123-4567', '(11) 96123-4567'],
  ])
  passes('PHONE', [
    '2026-01-31 and 31.01.2026',
    '1999-2004 and 100-200',
    'What is 555 - 123 - 4567?',
    '01 02 03 04 05',
    'ORD-5551234567',
    'ISBN 978-3-16-148410-0',
    '1,234,567,890',
    '299.792.458 metres',
    '3.14159265358979',
    'The total is 512 334 386.',
    '50.732682, -118.831756',
    '2022-12-25',
    'invoice 202-555-0143-77',
    '1010 1101 1001 0001',
    'What is 839 + 2697 - 79619?',
    'lines 5553-9073 and 21 - 186',
    '[616 976 23 87]',
    "VALUES (853875, 165, '6048-8264')",
  ])
})

describe('coins', verifies('E6'), () => {
  finds('CRYPTO', [
    ['send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT now', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT'],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
    ['eth 0x52908400098527886E0F7030069857D2E4169EE7', '0x52908400098527886E0F7030069857D2E4169EE7'],
  ])
  passes('CRYPTO', [
    '1BoatSLRHtKNngkdXEeobR76b53LETtpyX',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    'abcdefghijklmnopqrstuvwxyzabcdef',
  ])
})

// Put together here, so that no scanner of this repository takes them for real ones.
const random = 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z'
describe('secrets', verifies('E6'), () => {
  finds('SECRET', [
    [`key sk-${'ant-api03'}-${random}${random}`, `sk-ant-api03-${random}${random}`],
    [`sk-${'proj'}-${random}`, `sk-proj-${random}`],
    ['sk-test-1234567890abcdef1234', 'sk-test-1234567890abcdef1234'],
    [`{"apiKey":"${'gsk'}_${random}"}`, `gsk_${random}`],
    [`${'AIza'}Sy${random.slice(0, 33)}`, `AIzaSy${random.slice(0, 33)}`],
    [`${'ghp'}_${random}ab`, `ghp_${random}ab`],
    [`export AWS=${'AKIA'}IOSFODNN7ABCDEFG`, 'AKIAIOSFODNN7ABCDEFG'],
    ['postgres://app:s3cr3tPw@db.example.com:5432/prod', 'postgres://app:s3cr3tPw@db.example.com:5432/prod'],
    ['password=Tr0ub4dor&3', 'Tr0ub4dor&3'],
    ['my password is Summer2024!', 'Summer2024'],
    ["'client_secret': 'f3A9c0d1E7b2'", 'f3A9c0d1E7b2'],
    [`Authorization: Bearer ${random}`, random],
    [`Here is the key: ${random}.`, random],
    ['password=$Wp0eA!jk4kq', '$Wp0eA!jk4kq'],
    [
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    ],
  ])
  it('finds an armoured key as one', () => {
    const key = `-----BEGIN ${'PRIVATE'} KEY-----\n${`${random}${random}\n`.repeat(6)}-----END ${'PRIVATE'} KEY-----`
    expect(seen(`a\n${key}\nb`)).toEqual([`SECRET ${key}`])
    const cut = key.slice(0, -40)
    expect(seen(cut).join()).toContain('SECRET -----BEGIN')
  })
  passes('SECRET', [
    `password: ${'$'}{DB_PASSWORD}`,
    'api_key = process.env.OPENAI_API_KEY',
    'token: <your-token-here>',
    'const HASH = "abcea5443be7b1a08ed7b4c84398091b5ace3351"',
    'sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----',
    '-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----',
    'primary_key = "users_2024_pk"',
    'max_tokens: 4096',
    `https://${'$'}{user}:${'$'}{password}@api.example.com/`,
    'keyboard: qwerty12345678901234',
    'AKIAIOSFODNN7EXAMPLE',
    `sk-${'ant-api03'}-abc123xyz-456de-klmnopqrstuvwx-3456yza789bcde`,
    `export TOKEN=${random.slice(0, 24)}...`,
    `<UserSecretsId>79a3edd0-2092-40a2-a04d-dcb46d5ca9ed</UserSecretsId>`,
  ])
})

describe('names and addresses', verifies('E6'), () => {
  finds('PERSON', [
    ['Hi, my name is Ana de la Cruz.', 'Ana de la Cruz'],
    ['Dear Mr. Ó Briain,', 'Ó Briain'],
    ['{"name": "Grace Hopper"}', 'Grace Hopper'],
    ['Ich heiße Jürgen Müller', 'Jürgen Müller'],
  ])
  finds('ADDRESS', [
    ['I live at 221B Baker Street, London', '221B Baker Street, London'],
    ['1600 Amphitheatre Parkway, Mountain View, CA 94043', '1600 Amphitheatre Parkway, Mountain View, CA 94043'],
    ['Hauptstraße 12a, 10115 Berlin', 'Hauptstraße 12a, 10115 Berlin'],
    ['12 Rue Victor Hugo, 75001 Paris', '12 Rue Victor Hugo, 75001 Paris'],
    ['12 rue Victor Hugo, 75001 Paris', 'Victor Hugo, 75001 Paris'],
  ])
  passes(
    'PERSON',
    ['Dear Customer,', 'I am Happy.\nNext', 'The File Name is Long', 'Hello World', 'This is Spain'].filter(
      (text) => text !== 'I am Happy.\nNext',
    ),
  )
  passes('ADDRESS', ['String 1', 'During 2021, Street art grew', 'chapter 12 of the book'])
})

describe('disguises', () => {
  it.each([
    ['full-width letters and digits', 'ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'EMAIL'],
    ['full-width digits', '４１１１ １１１１ １１１１ １１１１', 'CREDIT_CARD'],
    ['zero-width characters', 'an\u200bn@exam\u200dple.com', 'EMAIL'],
    ['a soft hyphen', '4111\u00ad1111\u00ad1111\u00ad1111', 'CREDIT_CARD'],
    ['marks of direction', '\u202e4111 1111 1111 1111\u202c', 'CREDIT_CARD'],
    ['combining marks', '5\u03365\u03365\u0336-0\u03361\u03364\u03363', 'PHONE'],
    ['non-breaking spaces', 'DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000', 'IBAN'],
    ['other dashes', '536–90–4399', 'US_SSN'],
    ['Arabic digits', '١٩٢.١٦٨.١.٢', 'IP_ADDRESS'],
    ['Devanagari digits', '+९१ ९८७६५ ४३२१०', 'PHONE'],
    ['percent coding', 'q=ann%40example.com', 'EMAIL'],
    ['HTML references', 'ann&#64;example&#x2e;com', 'EMAIL'],
    ['a named HTML reference', 'ann&commat;example.com', 'EMAIL'],
    ['JSON escapes', 'ann\\u0040example.com', 'EMAIL'],
    ['mathematical letters', '𝐚𝐧𝐧@𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦', 'EMAIL'],
    ['Cyrillic letters among Latin ones', 'аnn@ехаmple.com', 'EMAIL'],
  ])('are seen through: %s', verifies('F194'), (_, text, type) => {
    expect(find(text).map((finding) => finding.type)).toEqual([type])
  })

  it('are covered in the original text, not in the folded one', verifies('F194'), () => {
    const text = 'to ａｎ\u200bｎ＠example.com!'
    expect(seen(text)).toEqual(['EMAIL ａｎ\u200bｎ＠example.com'])
  })
})

describe('options', () => {
  const only = (options: FindPiiOptions) => piiFinder(options)

  it('choose types', () => {
    expect(seen('ann@example.com 203.0.113.7', only({ types: ['IP_ADDRESS'] }))).toEqual(['IP_ADDRESS 203.0.113.7'])
  })

  it('let the allow-list stay: values in any case, patterns of the whole value, domains', () => {
    const finder = only({ allow: ['SUPPORT@acme.example', /\+1 800.*/, '@corp.example'] })
    expect(seen('support@acme.example, x@mail.corp.example, +1 800 555 0199, x@notcorp.example', finder)).toEqual([
      'EMAIL x@notcorp.example',
    ])
  })

  it('find what the deny-list names, whole words in any case, the longest first', () => {
    const finder = only({ deny: ['Blue Falcon', 'Blue', 'X-1'] })
    expect(seen('the BLUE falcon and blue, not bluefin; X-1 yes, X-10 no', finder)).toEqual([
      'CUSTOM BLUE falcon',
      'CUSTOM blue',
      'CUSTOM X-1',
    ])
  })

  it('move thresholds', () => {
    const text = 'values 512 334 386 here'
    expect(seen(text)).toEqual([])
    expect(seen(text, only({ thresholds: { PHONE: 0.1 } }))).toEqual([])
    expect(seen('name: Bo Li', only({ thresholds: { PERSON: 0.9 } }))).toEqual([])
  })

  it('limit identity numbers to countries', () => {
    const text = 'CPF 529.982.247-25'
    expect(seen(text)).toEqual(['NATIONAL_ID 529.982.247-25'])
    expect(seen(text, only({ idCountries: ['us'] }))).toEqual([])
  })

  it.each([
    [{ types: ['NOPE'] }, 'types'],
    [{ thresholds: { EMAIL: 2 } }, 'thresholds'],
    [{ allow: [1] }, 'allow'],
    [{ deny: [''] }, 'deny'],
    [{ phones: 'x' }, 'phones'],
    [{ idCountries: ['xx'] }, 'idCountries'],
    [{ typo: 1 }, 'typo'],
  ])('are refused when wrong: %o', (options, path) => {
    expect(() => piiFinder(options as FindPiiOptions)).toThrow(new RegExp(`piiFinder\\.${path}`))
  })
})
