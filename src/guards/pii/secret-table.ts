// How the keys of well-known services begin and go on. A line is: service, first characters, the rest as a pattern.
// Longer beginnings of the same service come first. The rest must hold enough different characters to be a real key.

const table = String.raw`
anthropic sk-ant- [\w-]{20,}
openrouter sk-or- [\w-]{20,}
openai sk-proj- [\w-]{20,}
openai sk-svcacct- [\w-]{20,}
openai sk-admin- [\w-]{20,}
langfuse sk-lf- [\w-]{20,}
openai sk- [A-Za-z0-9][\w-]{19,}
cerebras csk- [a-z0-9]{20,}
groq gsk_ \w{20,}
google AIza [\w-]{35}(?![\w-])
google AQ. [\w-]{30,}
google ya29. [\w-]{20,}
google GOCSPX- [\w-]{20,}
google 1// 0[\w-]{35,}
huggingface hf_ [A-Za-z0-9]{30,40}(?!\w)
huggingface api_org_ [A-Za-z0-9]{30,}
xai xai- [A-Za-z0-9]{20,}
perplexity pplx- [A-Za-z0-9]{20,}
replicate r8_ [A-Za-z0-9]{30,}
together tgp_v1_ [\w-]{20,}
fireworks fw_ [A-Za-z0-9]{20,}
nvidia nvapi- [\w-]{20,}
pinecone pcsk_ \w{20,}
jina jina_ [\w-]{32,}
tavily tvly- [\w-]{20,}
langsmith lsv2_ (?:pt|sk)_[a-f0-9]{32}\w*
langsmith ls__ [a-z0-9]{32}
voyage pa- [\w-]{40,}
anyscale esecret_ \w{20,}
runpod rpa_ [A-Z0-9]{30,}
elevenlabs sk_ [a-f0-9]{40,}
firecrawl fc- [a-f0-9]{32}
e2b e2b_ [a-f0-9]{32,}
vercel vck_ \w{30,}
vercel vcp_ \w{30,}
vercel vci_ \w{30,}
vercel vca_ \w{30,}
vercel vcr_ \w{30,}
bedrock ABSK [A-Za-z0-9+/]{60,}={0,2}
bedrock bedrock-api-key- [A-Za-z0-9+/]{30,}={0,2}
upstage up_ [A-Za-z0-9]{30,}
aws AKIA [A-Z0-9]{16}(?![A-Za-z0-9])
aws ASIA [A-Z0-9]{16}(?![A-Za-z0-9])
aws ABIA [A-Z0-9]{16}(?![A-Za-z0-9])
aws ACCA [A-Z0-9]{16}(?![A-Za-z0-9])
aws A3T [A-Z0-9]{17}(?![A-Za-z0-9])
alibaba LTAI [A-Za-z0-9]{12,30}
tencent AKID [A-Za-z0-9]{32}
azure AccountKey= [A-Za-z0-9+/]{40,}={0,2}
azure SharedAccessKey= [A-Za-z0-9+/]{40,}={0,2}
digitalocean dop_v1_ [a-f0-9]{64}
digitalocean doo_v1_ [a-f0-9]{64}
digitalocean dor_v1_ [a-f0-9]{64}
cloudflare cfat_ \w{30,}
cloudflare cfut_ \w{30,}
cloudflare cfk_ \w{30,}
cloudflare v1.0- [a-f0-9]{24}-[a-f0-9]{100,}
scaleway SCW [A-Z0-9]{17}
linode linode_ [a-f0-9]{64}
hetzner hcloud_ [A-Za-z0-9]{60,}
fly fo1_ [\w-]{40,}
fly fm1a_ [A-Za-z0-9+/]{80,}={0,3}
fly fm1r_ [A-Za-z0-9+/]{80,}={0,3}
fly fm2_ [A-Za-z0-9+/]{80,}={0,3}
heroku HRKU- [\w-]{30,}
github ghp_ [A-Za-z0-9]{30,}
github gho_ [A-Za-z0-9]{30,}
github ghu_ [A-Za-z0-9]{30,}
github ghs_ [A-Za-z0-9]{30,}
github ghr_ [A-Za-z0-9]{30,}
github github_pat_ \w{30,}
gitlab glpat- [\w.-]{20,}
gitlab gldt- [\w.-]{20,}
gitlab glrt- [\w.-]{20,}
gitlab glsoat- [\w.-]{20,}
gitlab glft- [\w.-]{20,}
gitlab glimt- [\w.-]{20,}
gitlab glagent- [\w.-]{20,}
gitlab gloas- [\w.-]{20,}
gitlab glptt- [\w.-]{20,}
gitlab glcbt- [\w.-]{20,}
gitlab glffct- [\w.-]{20,}
gitlab glwt- [\w.-]{20,}
gitlab GR1348941 [\w-]{20,}
bitbucket ATBB [A-Za-z0-9]{28,}
atlassian ATATT3 [A-Za-z0-9_=-]{60,}
atlassian ATCTT3 [A-Za-z0-9_=-]{60,}
slack xoxb- (?:\d{8,13}-){1,3}[A-Za-z0-9]{14,}
slack xoxp- (?:\d{8,13}-){1,3}[A-Za-z0-9]{14,}
slack xoxa- (?:\d{8,13}-){1,3}[A-Za-z0-9]{14,}
slack xoxs- (?:\d{8,13}-){1,3}[A-Za-z0-9]{14,}
slack xoxo- (?:\d{8,13}-){1,3}[A-Za-z0-9]{14,}
slack xoxr- (?:\d{8,13}-){1,3}[A-Za-z0-9]{14,}
slack xoxe [.-](?:xox[bp]-)?\d-[A-Za-z0-9]{40,}
slack xapp- \d-[A-Z0-9]{8,}-\d{8,}-[A-Za-z0-9]{20,}
slack hooks.slack.com/ (?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}
discord discord.com/api/webhooks/ \d{10,}/[\w-]{20,}
discord discordapp.com/api/webhooks/ \d{10,}/[\w-]{20,}
teams webhook.office.com/ webhookb2/[\w@/-]{40,}
stripe sk_live_ [A-Za-z0-9]{10,}
stripe sk_test_ [A-Za-z0-9]{10,}
stripe sk_prod_ [A-Za-z0-9]{10,}
stripe rk_live_ [A-Za-z0-9]{10,}
stripe rk_test_ [A-Za-z0-9]{10,}
stripe rk_prod_ [A-Za-z0-9]{10,}
stripe whsec_ [A-Za-z0-9+/=]{20,}
square sq0atp- [\w-]{22,}
square sq0csp- [\w-]{30,}
square EAAA [\w-]{22,60}
paypal access_token$production$ [0-9a-z]{10,}\$[0-9a-f]{32}
shopify shpat_ [A-Za-z0-9]{32,}
shopify shpca_ [A-Za-z0-9]{32,}
shopify shppa_ [A-Za-z0-9]{32,}
shopify shpss_ [A-Za-z0-9]{32,}
facebook EAA [A-Za-z0-9]{60,}
facebook EAAC [A-Za-z0-9]{30,}
twilio SK [0-9a-f]{32}(?![0-9a-zA-Z])
sendgrid SG. [\w=.-]{60,}
sendinblue xkeysib- [a-f0-9]{64}-[A-Za-z0-9]{16}
mailgun key- [a-f0-9]{32}
mailgun pubkey- [a-f0-9]{32}
mailchimp md- [A-Za-z0-9]{22}
telegram bot \d{8,10}:AA[\w-]{32,}
npm npm_ [A-Za-z0-9]{36}
pypi pypi- [\w-]{40,}
rubygems rubygems_ [a-f0-9]{48}
nuget oy2 [a-z0-9]{43}
clojars CLOJARS_ [a-zA-Z0-9]{60}
docker dckr_pat_ [\w-]{20,}
docker dckr_oat_ [\w-]{20,}
hashicorp hvs. [\w-]{20,}
hashicorp hvb. [\w-]{20,}
hashicorp hvr. [\w-]{20,}
age AGE-SECRET-KEY-1 [0-9A-Z]{50,}
onepassword ops_eyJ [A-Za-z0-9+/]{60,}={0,3}
onepassword A3- [A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}
doppler dp. (?:pt|st|ct|sa|scim|audit)\.[\w.-]{20,}
databricks dapi [a-f0-9A-F]{32}(?:-\d)?
dynatrace dt0c01. [A-Z0-9]{24}\.[A-Z0-9]{64}
dynatrace dt0s [\d]{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}
newrelic NRAK- [A-Z0-9]{20,}
newrelic NRII- [\w-]{20,}
newrelic NRJS- [a-f0-9]{19}
newrelic NRAL- [A-Z0-9]{20,}
grafana glc_ [A-Za-z0-9+/=]{32,}
grafana glsa_ [A-Za-z0-9]{32}_[A-Fa-f0-9]{8}
grafana eyJrIjoi [A-Za-z0-9]{60,}={0,3}
sentry sntrys_ [\w+/=]{40,}
sentry sntryu_ [a-f0-9]{64}
sonar squ_ [a-z0-9]{40}
sonar sqp_ [a-z0-9]{40}
sonar sqa_ [a-z0-9]{40}
sourcegraph sgp_ (?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}
linear lin_api_ [A-Za-z0-9]{40}
linear lin_oauth_ [A-Za-z0-9]{40,}
notion ntn_ \d{11}[A-Za-z0-9]{35}
notion secret_ [A-Za-z0-9]{43}
airtable pat [A-Za-z0-9]{14}\.[a-f0-9]{64}
figma figd_ [\w-]{30,}
postman PMAK- [a-f0-9]{24}-[a-f0-9]{34}
asana 0/ [a-f0-9]{32}
typeform tfp_ [\w.=-]{40,}
planetscale pscale_ (?:tkn|oauth|pw)_[\w.=-]{30,}
prefect pnu_ [A-Za-z0-9]{36}
pulumi pul- [a-f0-9]{40}
supabase sbp_ [a-f0-9]{40}
supabase sb_secret_ [\w-]{20,}
neon napi_ [a-z0-9]{40,}
readme rdme_ [a-z0-9]{70}
scalingo tk-us- [\w-]{48}
shippo shippo_live_ [a-fA-F0-9]{40}
shippo shippo_test_ [a-fA-F0-9]{40}
easypost EZAK [A-Za-z0-9]{54}
easypost EZTK [A-Za-z0-9]{54}
duffel duffel_ (?:test|live)_[\w=-]{43}
flutterwave FLWSECK [\w-]{12,}
flutterwave FLWPUBK [\w-]{12,}
frameio fio-u- [\w=-]{64}
infracost ico- [A-Za-z0-9]{32}
intra42 s-s4t2 (?:ud|af)-[a-f0-9]{64}
authress sc_ [a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][\w-]{10,32}\.[\w+/=-]{30,120}
authress ext_ [a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][\w-]{10,32}\.[\w+/=-]{30,120}
authress scauth_ [a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][\w-]{10,32}\.[\w+/=-]{30,120}
settlemint sm_ (?:pat|sat|aat)_[A-Za-z0-9]{16}
definednetworking dnkey- [\w=-]{26}-[\w=-]{52}
harness pat. [\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}
harness sat. [\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}
hubspot pat-na1- [a-f0-9-]{36}
hubspot pat-eu1- [a-f0-9-]{36}
jfrog AKCp [A-Za-z0-9]{60,}
jfrog cmVmdGtu [A-Za-z0-9]{50,}
openshift sha256~ [\w-]{43}
octopus API- [A-Z0-9]{26}(?![A-Z0-9])
tailscale tskey- [a-z]+-[\w-]{16,}
mapbox pk. [a-z0-9]{60,}\.[a-z0-9]{22}
mapbox sk.eyJ [\w-]{60,}\.[\w-]{20,}
maxmind _mmk [\w-]{10,}
plaid access- (?:sandbox|development|production)-[a-f0-9-]{36}
adobe p8e- [A-Za-z0-9]{32}
adobe p8e_ [A-Za-z0-9]{32}
adafruit aio_ [A-Za-z0-9]{28}
contentful CFPAT- [\w-]{43}
buildkite bkua_ [a-z0-9]{40}
circleci CCIPAT_ [A-Za-z0-9]{22}_[a-f0-9]{40}
codecov codecov_ [a-z0-9]{30,}
dropbox sl. [\w=-]{130,}
gocardless live_ [\w=-]{40}
lob live_ [a-f0-9]{35}
lob test_ [a-f0-9]{35}
launchdarkly sdk- [a-f0-9-]{36}
launchdarkly api- [a-f0-9-]{36}
okta SSWS\x20 00[\w=-]{40}
razorpay rzp_live_ [A-Za-z0-9]{14}
razorpay rzp_test_ [A-Za-z0-9]{14}
yandex AQVN [A-Za-z0-9_-]{35,38}
yandex t1. [A-Za-z0-9_-]+[=]{0,2}\.[A-Za-z0-9_-]{86}={0,2}
kubernetes bootstrap-token- [a-z0-9]{6}\.[a-z0-9]{16}
vault s. [A-Za-z0-9]{24}(?![\w.])
clickhouse 4b1d [A-Za-z0-9]{38}
dotenv dotenv:// :key_[a-f0-9]{64}
beamer b_ [a-z0-9=_-]{44}(?![\w-])
wandb wandb_v1_ \w{30,}
statsig secret- [A-Za-z0-9]{40,}
rootly rootly_ [a-f0-9]{64}
`

/** One way a key can look. */
export interface KeyForm {
  readonly rule: string
  readonly prefix: string
  /** The last unit of the prefix: a cheap look before the whole of it is compared. */
  readonly last: number
  readonly rest: RegExp
}

let forms: KeyForm[][] | undefined
/** Place in `forms` plus one, by the first two characters. */
const places = new Uint8Array(128 * 128)

/** Forms that begin with these two characters. The table is read on first use. */
export function keyForms(first: number, second: number): readonly KeyForm[] | undefined {
  forms ??= makeForms()
  const place = (first | second) < 128 ? (places[first * 128 + second] as number) : 0
  return place === 0 ? undefined : forms[place - 1]
}

function makeForms(): KeyForm[][] {
  const made: KeyForm[][] = []
  for (const line of table.trim().split('\n')) {
    const [service = '', start = '', rest = ''] = line.split(/ (?=\S)/)
    const prefix = start.replace('\\x20', ' ')
    const key = prefix.charCodeAt(0) * 128 + prefix.charCodeAt(1)
    places[key] ||= made.push([])
    made[(places[key] as number) - 1]?.push({
      rule: `pii.secret.${service}`,
      prefix,
      last: prefix.charCodeAt(prefix.length - 1),
      rest: new RegExp(rest, 'y'),
    })
  }
  return made
}
