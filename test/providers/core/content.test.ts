import { describe, expect, test } from 'vitest'
import {
  contentOf,
  dataUrl,
  fromBase64,
  mediaTypeOfName,
  textOfBase64,
  textToBase64,
  toBase64,
} from '../../../src/providers/core/content.ts'
import { fc } from '../../support/property.ts'

const png = 'iVBORw0KGgoAAAANSUhEUg=='

describe('base64', () => {
  test('agrees with the platform for any bytes, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect([...fromBase64(text)]).toEqual([...bytes])
      }),
    )
  })

  test('takes bytes by the megabyte without running out of stack', () => {
    const bytes = new Uint8Array(3_000_000).fill(7)
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  })

  test('reads the URL-safe alphabet without padding', () => {
    const bytes = Uint8Array.from([251, 255, 254, 1])
    expect([...fromBase64(Buffer.from(bytes).toString('base64url'))]).toEqual([...bytes])
  })

  test('keeps any text, emoji included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(textOfBase64(textToBase64(text))).toBe(text)
      }),
    )
  })
})

describe('contentOf', () => {
  test('gives bytes as base64 with the media type told', () => {
    expect(contentOf({ type: 'image', data: Uint8Array.from([1, 2]), mediaType: 'image/png' })).toEqual({
      kind: 'bytes',
      base64: 'AQI=',
      mediaType: 'image/png',
    })
  })

  test('finds out the media type of bytes that came without one', () => {
    const types = [
      [png, 'image/png'],
      ['/9j/4AAQSkZJRg==', 'image/jpeg'],
      ['R0lGODlhAQABAA==', 'image/gif'],
      [btoa('RIFF\x00\x00\x00\x00WEBPVP8 '), 'image/webp'],
      [btoa('RIFF\x24\x08\x00\x00WAVEfmt '), 'audio/wav'],
      [btoa('%PDF-1.7\n'), 'application/pdf'],
      ['AAAA', 'application/octet-stream'],
    ]
    for (const [data, mediaType] of types) {
      expect(contentOf({ type: 'file', data: data as string })).toMatchObject({ mediaType })
    }
    expect(contentOf({ type: 'file', data: 'AAAA', filename: 'notes.CSV' })).toMatchObject({ mediaType: 'text/csv' })
  })

  test('opens data URLs, in base64 or percent-coded, from url and from data', () => {
    expect(contentOf({ type: 'image', url: dataUrl('image/png', png) })).toEqual({
      kind: 'bytes',
      base64: png,
      mediaType: 'image/png',
    })
    expect(contentOf({ type: 'file', data: 'data:text/plain;charset=utf-8;base64,aGk=' })).toEqual({
      kind: 'bytes',
      base64: 'aGk=',
      mediaType: 'text/plain',
    })
    expect(contentOf({ type: 'file', url: 'data:,gr%C3%BCn' })).toEqual({
      kind: 'bytes',
      base64: textToBase64('grün'),
      mediaType: 'text/plain',
    })
    expect(contentOf({ type: 'file', url: 'data:nonsense' })).toMatchObject({ kind: 'bytes', base64: '' })
    expect(contentOf({ type: 'file', url: 'data:text/plain,100% cotton' })).toMatchObject({
      base64: textToBase64('100% cotton'),
    })
  })

  test('keeps a URL and an id as they are', () => {
    expect(contentOf({ type: 'image', url: 'https://example.com/a.JPG?size=2' })).toEqual({
      kind: 'url',
      url: 'https://example.com/a.JPG?size=2',
      mediaType: 'image/jpeg',
    })
    expect(contentOf({ type: 'file', fileId: 'file_1' })).toEqual({ kind: 'id', id: 'file_1', mediaType: undefined })
    expect(contentOf({ type: 'image' })).toBeUndefined()
  })
})

test('mediaTypeOfName reads endings only', () => {
  expect(mediaTypeOfName('report.pdf')).toBe('application/pdf')
  expect(mediaTypeOfName('pdf')).toBeUndefined()
  expect(mediaTypeOfName('a.constructor')).toBeUndefined()
  expect(mediaTypeOfName(undefined)).toBeUndefined()
})
