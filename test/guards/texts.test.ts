import { describe, expect, it } from 'vitest'
import { mapTexts, type TextPlace, textLength } from '../../src/guards/texts.ts'
import type { GuardRequest } from '../../src/types/guard.ts'
import { verifies } from '../support/verifies.ts'

const request: GuardRequest = {
  messages: [
    { role: 'system', content: 'sys' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hello' },
        { type: 'image', url: 'https://a.example/x.png' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'said' },
        { type: 'reasoning', text: 'open thought' },
        { type: 'reasoning', text: 'signed thought', opaque: { signature: 's' } },
        { type: 'refusal', text: 'no' },
        { type: 'tool-call', id: '1', name: 'f', argumentsText: '{"a":"x","b":[1,{"c":"y"}]}' },
        { type: 'tool-call', id: '2', name: 'g', arguments: { d: 'z' } },
        { type: 'tool-call', id: '3', name: 'h', argumentsText: '{broken' },
        { type: 'provider', origin: { provider: 'p', model: 'm' }, data: { e: 'kept' } },
      ],
    },
    { role: 'tool', toolCallId: '1', toolName: 'f', content: { r: ['result', 2, true, null] } },
    { role: 'tool', toolCallId: '2', content: [{ type: 'text', text: 'part' }] },
    { role: 'tool', toolCallId: '3', content: 'plain' },
  ],
  tools: [{ name: 'f', description: 'does f' }, { name: 'g' }],
  user: 'id-7',
}

function visited(given: GuardRequest): [string, string, Partial<TextPlace>][] {
  const seen: [string, string, Partial<TextPlace>][] = []
  mapTexts(given, (text, { where, ...place }) => {
    seen.push([text, where, place])
    return text
  })
  return seen
}

describe('the walk over the texts of a request', () => {
  it('comes by every text, inside JSON too', verifies('F202'), () => {
    expect(visited(request).map(([text]) => text)).toEqual([
      ...['sys', 'hello', 'said', 'open thought', 'signed thought', 'no'],
      ...['x', 'a', '1', 'y', 'c', 'b', 'z', 'd', '{broken'],
      ...['result', '2', 'r', 'part', 'plain', 'does f', 'id-7'],
    ])
  })

  it('tells places without telling texts', () => {
    const places = visited(request).map(([, where]) => where)
    expect(places).toContain('messages[1].content[0].text')
    expect(places).toContain('messages[2].content[4].arguments#3')
    expect(places).toContain('messages[3].content#0')
    expect(places.join()).not.toMatch(/result|hello/)
  })

  it('tells what kind of text it is', () => {
    const of = (text: string) => visited(request).find(([found]) => found === text)?.[2]
    expect(of('plain')).toMatchObject({ role: 'tool', kind: 'result' })
    expect(of('y')).toMatchObject({ role: 'assistant', kind: 'arguments', toolName: 'f', key: 'c' })
    expect(of('signed thought')).toMatchObject({ isSealed: true })
    expect(of('1')).toMatchObject({ json: 'number', key: 'b' })
    expect(of('c')).toMatchObject({ json: 'key' })
  })

  it('answers the same object when nothing changes, and shares what does not', () => {
    expect(mapTexts(request, (text) => text)).toBe(request)
    const changed = mapTexts(request, (text) => (text === 'hello' ? 'bye' : text))
    expect(changed.messages[0]).toBe(request.messages[0])
    expect(changed.messages[1]).not.toBe(request.messages[1])
  })

  it('puts changes where they belong', () => {
    const changed = mapTexts(request, (text, { json }) => (json === 'key' ? text : text.toUpperCase()))
    expect(changed.messages[2]?.content).toMatchObject([
      { text: 'SAID' },
      { text: 'OPEN THOUGHT' },
      // The signed one is gone: its signature would no longer hold.
      { text: 'NO' },
      { argumentsText: '{"a":"X","b":[1,{"c":"Y"}]}' },
      { arguments: { d: 'Z' } },
      { argumentsText: '{BROKEN' },
      { data: { e: 'kept' } },
    ])
    expect(changed.messages[3]?.content).toEqual({ r: ['RESULT', 2, true, null] })
    expect(changed.tools?.[0]?.description).toBe('DOES F')
    expect(changed.user).toBe('ID-7')
  })

  it('hands arguments out as they are written when asked to', () => {
    const seen: string[] = []
    mapTexts(
      request,
      (text) => text,
      (text) => {
        seen.push(text)
        return text
      },
    )
    expect(seen).toEqual(['{"a":"x","b":[1,{"c":"y"}]}'])
  })

  it('keeps a key named __proto__ a key', () => {
    const content = JSON.parse('{"__proto__": "x"}')
    const changed = mapTexts({ messages: [{ role: 'tool', toolCallId: '1', content }] }, (text) =>
      text === 'x' ? 'y' : text,
    )
    expect(JSON.stringify(changed.messages[0]?.content)).toBe('{"__proto__":"y"}')
  })

  it('measures', verifies('F204'), () => {
    expect(textLength({ messages: [{ role: 'user', content: 'x'.repeat(7) }] })).toBe(7)
  })
})
