import type { Segment } from './segment.ts'

// No list of names and no model: a name is found where the text says that one follows.
const cue =
  /(?:(?:^|[^\p{L}])(?:(?:my|his|her|their) (?:full |first |last |sur)?name(?:'s| is)|i am|i'm|call me|dear|mr|mrs|ms|mx|dr|prof|professor|herrn?|frau|monsieur|madame|mme|señora?|sra?|signora?|sig|dott|ich heiße|mein name ist|je m'appelle|je suis|me llamo|mi nombre es|mi chiamo|meu nome é|me chamo|ik heet|mijn naam is|jag heter|jeg hedder|jeg heter|nazywam się|jmenuji se|benim adım|меня зовут|attn|c\/o|signed by)[.:]?[ "'*_]{1,3}|(?:^|["'{(,;|/#*\n-] {0,2})(?:(?:full|first|last|sur|given|family|maiden|customer|patient|contact|employee|client|account|cardholder|holder|legal)?[ _-]?name|nombre|nom|nome|naam|navn|namn|imię|jméno|имя|ad)["'*_]{0,3} ?[:=] ?["'*_]{0,3})$/u
/** Words after which a first name alone would be a guess. */
const weakCue =
  /(?:^|[^\p{L}])(?:named|ship(?:ped)? to|bill(?:ed)? to|from:|to:|cc:|miss|contact|customer|client|employee|patient|author|assignee|reporter|manager|doctor|physician|cardholder|card holder|beneficiary|recipient|payee|holder|tenant|insured|applicant|spouse|sincerely|regards|signature)[:,]?[ "'*_\n]{1,3}$/u
const form =
  /^(\p{Lu}(?:[\p{L}'’-]{1,24}|\.|(?= \p{Lu}))(?: (?:\p{Lu}(?:[\p{L}'’-]{1,24}|\.?)|d[aeiou]|de[lrn]|d[ao]s|van|von|la|bin))*)/u
const stops = new Set(
  (
    'all there everyone everybody team sir madam customer friend friends world hiring manager colleague colleagues users user ' +
    'the a an this that these those it he she we you they i my your our his her not no yes so sure very just also here now ' +
    'please thanks thank error null none undefined unknown true false string test example assistant chatgpt claude gemini ' +
    'january february march april may june july august september october november december monday tuesday wednesday ' +
    'thursday friday saturday sunday english french german spanish american british chinese japanese'
  ).split(' '),
)

/** A greeting or a title that begins the segment itself, for it is written large too. */
const opening =
  /^(?:(?:Dear|Liebe[rs]?|Sehr geehrte[rs]?|Cher|Chère|Estimad[oa]|Querid[oa]|Gentile|Caro|Cara|Beste|Kære|Hei|Hej) )?(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof|Professor|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Sra?|Signora?|Sig|Don|Doña)\.? )*/

/** People, by what is said before their names: `my name is`, `Dear`, `Mr.`, `"name":` … */
export function findNames(segment: Segment): void {
  if (!segment.isIntroduced) return
  const lead = opening.exec(segment.text)?.[0].length ?? 0
  const found = form.exec(segment.text.slice(lead))?.[1]
  if (found === undefined) return
  const isPair = /\p{L} \p{Lu}\p{L}/u.test(found)
  if (lead === 0 && !cue.test(segment.left) && !(isPair && weakCue.test(segment.left))) return
  const name = found.replace(/ (?:d[aeiou]|de[lrn]|d[ao]s|van|von|la|bin)$/, '')
  const first = name.split(' ')[0] ?? ''
  if (stops.has(first.toLowerCase()) || /^\p{Lu}{2,}$/u.test(name) || name.length < 2) return
  segment.add('PERSON', 'pii.name', lead, lead + name.length, 0.6)
}
