import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHttpRequest, recogniseForeign } from '../../proxy/protocols/foreign.ts';

test.each([
  ['POST / HTTP/1.1', true],
  ['EHLO / HTTP/1.1', true],
  ['USER /x HTTP/1.0', true],
  ['a /x http/2', true],
  ['EHLO pc', false],
  ['PASS HTTP/1.1x', false],
  ['a LOGIN alice HTTP/1.1-is-best', false],
])('%j as a request of a web page: %j', (line, expected) => {
  expect(isHttpRequest(Buffer.from(line))).toBe(expected);
});

describe('recogniseForeign', () => {
  test.each([
    ['POST / HTTP/1.1\r\n', 'http'],
    ['POST / ', 'http'],
    ['GET http://127.0.0.1:1143/ HTTP/1.0\r\n', 'http'],
    ['get /index.html\r\n', 'http'],
    ['PRI * HTTP/2.0\r\n', 'http'],
    ['OPTIONS * HTTP/1.1\r\n', 'http'],
    ['Host: 127.0.0.1:1143\r\n', 'other'],
    ['\r\n\n\r\nGET / HTTP/1.1\r\n', 'http'],
    ['\r\n{"a":1}\n', 'other'],
    ['------WebKitFormBoundaryX\r\n', 'other'],
    ['OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\n', 'http'],
    ['{"a":1}\n', 'other'],
    ['<xml/>\n', 'other'],
    ['SSH-2.0-x\r\n', 'other'],
    ['\x16\x03\x01\x02\x00', 'tls'],
    ['\x16', 'tls'],
    ['\x00\x03\x00\x08\x21\x12\xa4\x42', 'other'],
    ['\x01', 'other'],
    ['\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c', 'other'],
    ['\r\n\x16\x03\x01', 'tls'],
    ['\x80\x2e\x01\x00\x02', 'tls'],
  ])('%j is %s', (bytes, expected) => {
    expect(recogniseForeign(Buffer.from(bytes, 'latin1'))).toBe(expected);
  });

  test.each([
    'EHLO pc\r\n',
    '\tEHLO pc\r\n',
    '\xff\xfd\x03',
    'HELO [192.168.1.2]\r\n',
    'MAIL FROM:<a@b>\r\n',
    'a1 CAPABILITY\r\n',
    '1 LOGIN alice "x"\r\n',
    '--1 LOGIN alice "x"\r\n',
    '* x\r\n',
    'USER alice\r\n',
    'APOP alice c4c9334bac560ecc979e58001b3e22fb\r\n',
    'QUIT\r\n',
    '',
    'EH',
    '\r\n',
    '\n\r\n\nEHLO pc\r\n',
  ])('%j may be a mail program', (bytes) => {
    expect(recogniseForeign(Buffer.from(bytes, 'latin1'))).toBeNull();
  });

  test('is not confused by any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect([null, 'tls', 'http', 'other']).toContain(recogniseForeign(bytes));
      }),
    );
  });
});
