/** Pages of what stands between: nginx, Cloudflare, AWS load balancers, Envoy, Caddy, Kong. */
import type { FailureRow } from './row.ts'

const page = (title: string, by = 'nginx') =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${by}</center>\r\n</body>\r\n</html>\r\n`
const cloudflare = (title: string) =>
  `<!DOCTYPE html>\n<!--[if lt IE 7]> <html class="no-js ie6"> <![endif]-->\n<head>\n<title>${title}</title>\n<meta charset="UTF-8" /></head><body><div id="cf-wrapper"></div></body></html>`

export const proxyFailures: readonly FailureRow[] = [
  [400, page('400 Request Header Or Cookie Too Large'), 'bad_request'],
  [401, page('401 Authorization Required'), 'auth_failed'],
  [403, page('403 Forbidden'), 'forbidden'],
  [403, cloudflare('Just a moment...'), 'forbidden'],
  [403, cloudflare('Attention Required! | Cloudflare'), 'forbidden'],
  [403, 'error code: 1020', 'forbidden'],
  [404, page('404 Not Found'), 'model_not_found'],
  [405, page('405 Not Allowed'), 'bad_request'],
  [408, page('408 Request Time-out'), 'server_error'],
  [413, page('413 Request Entity Too Large', 'cloudflare'), 'request_too_large'],
  [429, page('429 Too Many Requests'), 'rate_limited'],
  [
    429,
    cloudflare('Access denied | example.com used Cloudflare to restrict access'),
    'rate_limited',
    { headers: { 'retry-after': '86' }, waitMs: 86_000 },
  ],
  [429, 'error code: 1015', 'rate_limited'],
  [
    429,
    { message: 'API rate limit exceeded' },
    'rate_limited',
    { headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '21' }, waitMs: 21_000 },
  ],
  [500, page('500 Internal Server Error'), 'server_error'],
  [502, page('502 Bad Gateway', 'awselb/2.0'), 'server_error'],
  [502, '', 'server_error'],
  [503, page('503 Service Temporarily Unavailable', 'awselb/2.0'), 'overloaded'],
  [503, 'no healthy upstream', 'overloaded'],
  [503, 'upstream connect error or disconnect/reset before headers. reset reason: overflow', 'overloaded'],
  [504, page('504 Gateway Time-out', 'awselb/2.0'), 'server_error'],
  [504, { message: 'Endpoint request timed out' }, 'server_error'],
  [520, cloudflare('api.example.com | 520: Web server is returning an unknown error'), 'server_error'],
  [521, cloudflare('api.example.com | 521: Web server is down'), 'server_error'],
  [522, 'error code: 522', 'server_error'],
  [524, cloudflare('api.example.com | 524: A timeout occurred'), 'server_error'],
  [525, cloudflare('api.example.com | 525: SSL handshake failed'), 'server_error'],
  [530, 'error code: 1033', 'server_error'],
]
