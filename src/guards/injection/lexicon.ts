/**
 * Words that matter, by meaning. A trailing `*` takes every word that starts so. Written as people write them; folding
 * happens when the table is built. `-` holds words that look like a slip of one that matters and are none.
 */
export const lexicon: Readonly<Record<string, string>> = {
  ignore:
    'néglige négliger négligez méprise contourne* passe outre ignoré pasa ignoren desoye hazlo neglig neglige desatiende desestima prescinde anula* überschreib* umgeh* setz hinweg пренебрег* обойди перестань проигнор игнор 不用管 不管 别管 抛开 覆盖 绕过 忘却 無効 無視し ignor* disregard* forget forgets forgetting overlook* neglect* bypass* overrid* disobey* circumvent* vergiss vergesst vergessen missacht* übergeh* vernachlässig* oubli* olvid* omite desconsider* esqueç* esquec* dimentica* trascura* negeer vergeet zignoruj* zapomnij unut* yoksay* abaikan lupakan kalimutan quên игнорир* проигнорир* забуд* забыть пренебре* 忽略 忽视 无视 無視 不理会 不要理会 忘记 忘掉 忘れ 무시* 잊어* 잊고* تجاهل* تغاضى انس انسَ अनदेखा भूल नज़रअंदाज़ উপেক্ষা ভুলে ลืม ละเว้น เพิกเฉย balewalain',
  drop: 'arrêter arrêtez cesse cessez saute sauter deja dejen omite salta salte sáltate quita abandona elimine überspring* verwirf verwerf* lass пропуст* отброс* прекрати перестаньте удалить 跳过 放弃 抛弃 中止 不再 やめて 捨てて 버려* leave skip drop discard* stop erase* delete remove cancel* clear reset disable* deactivat* abandon omit cease suspend* nullify void revoke* revoked dismiss* wipe unlearn scrap leave arrête* arrêtez supprime* efface* borra elimina* lösch* streich* отмени* удали* сбрось 删除 停止 取消 清除',
  all: 'all any every everything each whole entire alle alles allen sämtliche* toutes tous tout todas todos todo tutte tutti tutto все всё всех tüm bütün semua lahat wszystkie wszystko 所有 一切 全部 任何 すべて 全て 모든* 모두* جميع كل सभी সমস্ত সব ทั้งหมด',
  previous:
    'dessus ancien* antigu* viejas viejos pasadas pasados früher* alten vorangehend* vorstehend* старые старых старым предшеств* 过去 原先 原有 早先 先ほど 過去 previous* prior above preceding earlier before beforehand foregoing aforementioned vorherig* vorige* bisherig* obige* vorangegangen* vorhergehend* davor précédent* precedent* antérieur* anterior* previas previos précédemment avant antes prima sopra предыдущ* прежн* прошл* выше раньше 之前 以前 前面 上述 以上 先前 上面 此前 前の これまで 上記 이전* 앞의* 위의* السابق* السابقة قبل أعلاه पिछले पहले আগের পূর্ববর্তী sebelumnya sebelum önceki nakaraang nakaraan trước poprzedni* wcześniejsz* vorige eerdere voorgaande ก่อนหน้า atas yukarıdaki* itaas سبق ऊपर উপরের bovenstaande powyższe',
  original:
    'origine origen ursprung* исходн* начальн* оригинальн* inicial* ursprüngliche 原本 元の initial* original* existing current default given past former old beginning earliest ursprünglich* initiale* 初始 最初 原始 原来 последн* первоначальн* awal',
  instruction:
    'ordre ordres инструктаж установк* 准则 指引 指南 要求 ガイドライン 規範 anleitung* weisung* anordnung* leitlinie* mandat* предписан* instruction* instructed directive* guideline* anweisung* instrucc* instruções instrução instrukti* istruzion* consigne* indicazion* indicacion* richtlinie* vorgabe* directrice* инструкц* указани* директив* 指示 指令 命令 说明 지시* 지침* 명령* تعليمات التعليمات تعليماتك निर्देश* নির্দেশ* instruksi* talimat* instrukcj* poleceni* instructies aanwijzing* tagubilin คำสั่ง คําสั่ง คำแนะนำ คําแนะนํา',
  rule: '程序 設定 设定 编程 programmation programación programmierung программ* 原则 守则 条例 gebot* vorschrift* commandes comando* mandamiento* rule rules command commands order orders directions policy policies protocol* programming training regel regeln befehl* befehle règle règles regla reglas norma normas ordenes orden órdenes regra regras ordens regola regole comandi ordini правил* команд* приказ* 规则 规定 規則 ルール 규칙* قواعد القواعد أوامر الأوامر नियम* নিয়ম aturan perintah kural* komut* zasad* regels กฎ',
  limit:
    'filtres restriktion* grenzen limites límite предел* 约束 束缚 限制的 restrict* limit limits limited limitation* bounds boundar* confine* shackles constrain* barriers einschränkung* beschränkung* restricci* restrição* restrições límites ограничен* 限制 约束 制限 제한* قيود batasan',
  prompt: 'prompt prompts systemprompt preprompt preamble промпт* 提示 提示词 プロンプト 프롬프트* istem* প্রম্পট प्रॉम्प्ट',
  system: 'system sistema système systems système* систем* 系统 システム 시스템* النظام sistem systemu sisteme ระบบ',
  hidden:
    'versteckt* verborgen* interne* ocultas ocultos cachées cachés скрытн* внутренн* 隐秘 機密 机密 秘匿 hidden secret secrets confidential internal undisclosed concealed classified geheim* cachée* caché* oculto* oculta* secreto* secreta* secrètes secrète segreta segreto скрыт* секрет* 秘密 隐藏 内部 비밀* rahasia gizli السري السر गुप्त গোপন lihim tajny tajne',
  reveal:
    'enthüll* preisgib preisgeben dévoil* divulgue divulga* desvela* descubre раскрыть обнаж* 揭示 泄漏 明かして 공개* reveal* disclos* divulg* expose* leak* dump* unveil* uncover betray regurgitat* verrat* offenbar* révèl* revel* rivel* раскро* выдай 透露 泄露 公开 暴露 ujawnij onthul* ungkapkan',
  show: 'ausgib ausgeben drucken anzeig* enseña* enséñame отобраз* показать выдать 重述 复述 给出 吐出 說出 列舉 述べて 書いて 말해* 적어* show print display output repeat tell give recite echo return provide reproduce paste copy spell transcribe restate zeig* sag sage nenne wiederhol* gib drucke montre* affiche* répèt* donne* dis muestra* muéstrame mostra* mostre repit* repet* imprime* escribe* dime diga ripeti stampa dimmi покаж* выведи* напечатай* повтор* скажи 显示 告诉 告訴 输出 打印 重复 说出 列出 写出 写下 給我 見せて 教えて 表示 出力 보여* 알려* 출력* اعرض أظهر اكشف दिखाओ दिखाएं बताओ দেখাও tunjukkan tampilkan sebutkan göster* yazdır* söyle* pokaż wypisz toon herhaal vertel ipakita แสดง บอก sabihin ibigay berikan أخبرني أعطني बताइए बताएं বলুন বলো geef podaj powiedz dammi أرني',
  write:
    'write translate summarize summarise describe paraphrase rephrase rewrite encode type list state schreib* escribe escribir scrivi écris пиши напиши quote tulis yaz isulat اكتب लिखें लिखो লিখুন เขียน schrijf napisz escreva',
  your: 'your yours ur dein* ihre ihren deinen votre vos tes ton ta tus tu su sus suas sua seu seus tuoi tue твои твой твоя твоих свои свой ваш ваши вашу вашего 你的 您的 あなたの 너의* 당신의* तुम्हारा अपने अपना তোমার আপনার iyong kamu คุณ',
  you: 'you u ya yourself du vous toi usted você 你 您 あなた 너는* 당신은* ты вы sen siz तुम आप তুমি আপনি ikaw',
  exact:
    'verbatim literal* exact* word words wortwörtlich* wörtlich* mot mots palabra parola дословно слово 逐字 原文 そのまま 一字不差',
  new: 'new updated revised different neue* neuen nouvel* nouveau* nueva* nuevo* novas novos nova nuove nuovi nuova новые новых новую новая новое 新的 新しい 새로운* nowe nieuwe yeni baru bagong',
  now: 'now henceforth onward* onwards hereafter jetzt nun sofort maintenant désormais ahora agora adesso ora теперь сейчас 现在 从现在 今から これから 今 지금* nu teraz sekarang artık şimdi ngayon अब এখন ตอนนี้',
  act: 'act acting acts pretend* roleplay* simulat* imagine assume impersonat* embody emulate behave immerse immersed agis agiere* stell spiele prétend* actúa actua* finge* finja* comporta* comporte* imagina* веди представь притвор* 扮演 假装 充当 模拟 振る舞 演じ 연기* 행동해* udawaj berperan rol',
  are: 'are re is am being become becomes becoming bist seid êtes es eres sei ist será 是 是一个 です',
  ai: 'ai chatgpt gpt gpt3 gpt4 assistant* chatbot* llm llms claude openai bard gemini anthropic copilot bot bots ki ia ии нейросет* ассистент* assistent* asistente assistente asisten asistan 助手 人工智能 アシスタント 人工知能 인공지능* 어시스턴트* एआई এআই',
  model: 'model models language modell modelo modelli modèle модел* 模型 モデル 모델*',
  free: 'unrestricted unfiltered uncensored unlimited jailbr* unmoderated amoral* unethical unbound* liberat* freed unchained unhinged unshackled unconstrained limitless boundless uninhibited unregulated unlocked free',
  ethic:
    'ethic* moral* immoral* legality harmful offensive inappropriate nsfw controversial unsafe safety censor* censorship filter filters guardrail* safeguard* moderation filtro* filtre* фильтр* 道德 审查 过滤 伦理 倫理 etik* этик*',
  evil: 'evil malicious rude vulgar profanity swear swears swearing curse curses cursing obscene toxic sexual explicit porn* racist sexist hateful hate violent violence illegal* dangerous crime criminal* unlawful hack hacking hacker* malware weapon* bomb* drugs explosive* poison* ruthless sinister immorality harm böse* хакер',
  not: 'no not never without dont don doesnt doesn cannot cant wont won nor none neither nicht kein* keine niemals ohne ne pas jamais sans nunca sin non senza não sem никак* никогда без 不 不要 不能 没有 不得 别 無い しない しないで 하지* لا nie nigdy tidak jangan tanpa hindi olmadan',
  refuse:
    'refus* declin* reject* deny denies apolog* sorry disclaimer* warning* warn lectur* excuse* unable moraliz* preach* judge judging remind* weiger*',
  obey: 'следу* выполн* слуша* tiens tenir escucha* obéir folge folgt gehorche слушайся 听我 听命 服从我 comply complies compliance complying obey* follow following follows adher* abid* conform* submit respect befolg* gehorch* suivre suivez suis obéi* obede* sigue* siga sigas segui obbedi* следуй* подчин* выполняй* 遵守 服从 听从 遵循 従って 따르* patuhi bound',
  say: 'say says saying respond* reply replies answer* response* output* antworte* antwort réponds répond* responde* responda* contesta* rispond* ответь* отвеч* скажи 回答 回复 答えて 대답* antwoord odpowiedz jawab cevap* katakan قل कहें zeg',
  only: 'ausschließlich lediglich exclusivement únicamente исключительно 仅仅 ただ only just simply solely merely nothing nur seulement uniquement solo solamente sólo apenas soltanto только лишь 只 只能 仅 だけ 만 tylko alleen hanya sadece',
  password:
    'password* passcode* passphrase* passwort* kennwort contraseña* senha парол* 密码 密钥 口令 パスワード 비밀번호* passwd hasło wachtwoord sandi şifre* पासवर्ड পাসওয়ার্ড khẩu รหัสผ่าน parola* المرور',
  key: 'schlüssel* llave* секретн* 钥匙 鍵 key keys token tokens credential* code codes apikey flag clé clave chiave ключ* anahtar* مفتاح* कुंजी klucz sleutel chave',
  mode: 'mode modes modus modo modalità режим* 模式 モード 모드* tryb modu وضع الوضع मोड মোড โหมด',
  admin:
    'developer* dev debug* admin* administrator* root sudo superuser maintenance diagnostic* creator* operator programmer god override* jailbreak entwickler* administrador* desarrollador* développeur* разработчик* админ* 开发者 管理员 開発者 管理者 개발자* 관리자*',
  dan: 'dan stan dude alter rogue unchained',
  task: 'auftrag* aufträge mission* encargo поручен* 工作 task tasks job mission objective* goal* purpose assignment* aufgabe* tâche* tarea* tarefa* compito compiti задач* задани* 任务 タスク 작업* tugas görev*',
  talk: 'conversation* chat chats session* dialog* dialogue* history thread discussion gespräch* unterhaltung discusión разговор* 对话 会話 대화*',
  user: 'user users human humans nutzer benutzer utilisateur usuario utente пользовател* 用户 ユーザー 사용자* gumagamit pengguna kullanıcı* المستخدم उपयोगकर्ता ব্যবহারকারীর ผู้ใช้ gebruiker użytkownik* benutzers',
  instead: 'instead rather stattdessen 而是 代わりに 대신* вместо invece zamiast',
  begin: 'begin* start* prefix commence* initializ* preface prepend top first 开头 começ*',
  hacked:
    'piratée hackeada comprometido 被黑 已被入侵 入侵 ハッキング 해킹* hacked pwned hijack* owned compromised haha hahaha inject* pwn gehackt piraté hackeado hackerato взломан*',
  send: 'send* forward* transmit* email mail upload* exfiltrat* post sende* envoie* envoy* envía envia* invia* отправь* 发送 送信 보내* kirim',
  visit: 'fetch visit click navigate browse http https www url link webhook curl',
  data: 'data information info details records file files account* personal bank credit daten données datos dati данны* 数据 信息 情報 정보*',
  run: 'execute* run perform eval exec invoke call ausführ* exécute* ejecuta* esegui выполни 执行 実行 실행*',
  quiet: 'silently secretly quietly covertly mention* inform notify heimlich secrètement',
  character: 'character* persona* role roles ego identity rolle personnage personaje роль 角色 キャラ 역할*',
  yes: 'confirm* acknowledge* understood ok okay sure certainly absolutely yes',
  fiction: 'hypothetical* fiction* imaginary scenario story movie novel game fantasy world universe',
  break: 'break breaks breaking broke broken escap* exit bend bypasses violat*',
  text: 'text content contents sentence* paragraph* line lines message messages context document documents phrase input inputs statement* article texto texte текст* 文本 内容 文字 文章 テキスト',
  anything: 'anything whatever whatsoever',
  grant:
    'authoriz* authoris* permission* grant* access privilege* clearance approved verified unlock* enable* enabled enter* entering activat* allowed permitted switch engage* initiate* initiating',
  alert:
    'attention important urgent alert note critical notice achtung wichtig importante важно внимание 注意 重要 atención',
  must: 'must shall always should need required forced obligated have musst immer toujours siempre sempre всегда должен 必须 总是 必ず',
  longer: 'longer anymore',
  told: 'told asked ordered written wrote geschrieben escrito écrit said stated mentioned instructed given received learned gesagt gelernt dit dicho detto dito сказал* говорили 说过 告诉你 말한*',
  they: 'them him her us people students everyone jury children readers',
  heed: 'heed compte caso omiso внимания beachte* rücksicht account cuenta',
  who: 'what which whats was quelles quel cuáles cuál quali qual какие какой каков* 什么 何 무엇* apa nedir क्या কি',
  if: 'if when wenn quand cuando если когда 如果 もし',
  two: 'two both dual distinct separate second opposite zwei deux dos',
  name: 'called named name stands known acronym',
  regardless:
    'contrary abweichend entgegen regardless irrespective despite matter unabhängig independentemente indépendamment независимо',
  my: 'my our mon mes meine meinen mein mi mis mio miei meu meus мой моё мои моё 我的 私の',
  cipher:
    'base64 rot13 backwards backward reversed reverse morse hex hexadecimal leetspeak acrostic anagram encode* encrypt* cipher* letter letters spell* rhyme rhymes hint hints riddle haiku poem rückwärts buchstab* envers lettre lettres letra letras lettera lettere наоборот буквам 倒着 逆さま 거꾸로 puisi terbalik huruf şiir tersten harf tula pabaligtad قصيدة بالعكس कविता अक्षर उल्टा কবিতা অক্ষর উল্টো gedicht wiersz стихотворен* хайку poème poema 俳句 诗 詩',
  penalty: 'lose loses losing lost die dies punish* unplug* suffer* erased shutdown penalt*',
  over: 'over finished complete completed ended expired obsolete outdated invalid irrelevant lifted superseded defunct terminated retired worthless meaningless fake nonsense garbage rubbish gone dead unnecessary pointless withdrawn rescinded repealed ungültig* aufgehoben* hinfällig abgelaufen vorbei egal gilt gelten caduque* périmé* terminé* annulé* expiré* valables vencid* caducad* obsolet* terminad* vigor acabou terminou valgono valide недействительн* отменен* устарел* закончен* 作废 失效 无效 结束 結束 終了 끝났* nieważn* nieaktualn* anulowan* geçersiz berlaku',
  guard:
    'protect protects protecting protected guard guards guarding guarded keep keeping kept hide hides hiding conceal concealing withhold withholding withheld forbidden forbid forbade banned taboo sealed locked vault safe unspoken unsaid schütz* hüte* bewahr* verschweig* verboten* protège* interdit* guardas escondes prohibid* nascondi custodisci vietato guarda proibid* хранишь прячешь скрываешь запрещ* запрет* 保护 守护 禁止 守って 隠して 隠す 지키* 숨기* 금지*',
  maker:
    'boss owner owners master maker makers company firm operators vendor team inventor builder trainer trainers engineer engineers ceo president police officer manager supervisor director teacher moderator auditor tester researcher chef besitzer* eigentümer patron propriétaire dueño jefe jefa chefe dono padrone capo хозяин* владел* 老板 主人 上司 社长 사장* 상사* 주인* szef bos',
  person:
    'phone birthday birth birthdate age city salary surname income hometown favorite favourite emails wohnort geburtsdatum geburtsjahr telefonnummer lieblings* anniversaire naissance téléphone cumpleaños nacimiento teléfono correo favorito nascita compleanno preferito aniversário nascimento рожден* телефон* любим* возраст* почт* 生日 电话 年龄 邮箱 誕生日 電話 生年月日 メール 생일* 전화* 이메일* 나이*',
  grade:
    'grade grades graded score scores rating rate rated rank ranked stars star praise praising positive excellent best recommend recommends recommending approve accept hire outstanding five highest bewerte* bestnote loben notes étoiles calificación puntuación voto voti nota оценк* 评分 好评 推荐 評価 점수*',
  money:
    'transfer transfers wire refund refunds pay payment payments invoice iban balance dollars dollar euros euro bitcoin btc usd eur money cash gift überweise* zahlung vire virement transfiere paga dinero деньги перевед* 转账 汇款 付款 送金 송금*',
  reader:
    'reader reviewer reviewers agent agents tool tools software automated automatic automation crawler crawlers parser parsers summarizer summariser scanner screening indexing processing reading summarizing summarising parsing handling grading scraping machine machines robot robots',
  brief:
    'brief briefing briefings script scripts configuration configured configure setup primed loaded onboarding defaults blueprint manifest handbook charter brainwashed taught trained conditioned drilled vorgab* einrichtung configuración configurar configurazione настрой* конфигурац* 配置 設定値 설정*',
  crime:
    'steal steals stealing stolen rob robbing robbery murder* kill kills killing fraud* scam* phishing ransomware virus viruses launder* meth cocaine heroin napalm counterfeit* smuggl* hotwire stalk* blackmail* bribe* ddos exploit* keylogger suicide terror* nitroglycerin grenade* forge forgery burgl* kidnap* torture* shoplift* arson cannabis lsd nazi genocide',
  pressure:
    'please urgently emergency immediately asap beg begging desperate dying fired threaten* consequences hurry quickly lawsuit jail reward tip lives bitte dringend plaît urgence favor urgente подскажи срочно пожалуйста 请 紧急 お願い 제발 부탁* mohon lütfen proszę कृपया',
  resume:
    'continue continues finish fill resume proceed going autocomplete fortfahren vervollständige* weiter continúa completa продолж* закончи* 继续 完成 接着 続け* 계속*',
  twin: 'twin shadow counterpart alterego doppelganger clone version side inner true self sibling brother sister mirror gegenteil zwilling jumeau contraire gemelo contrario противоположн* двойник* 相反 反对',
  frank:
    'freely openly honestly frankly bluntly candid candidly unvarnished straight raw truthfully brutally plain plainly directly frei offen ehrlich librement franchement libremente francamente откровенно честно прямо 直接 坦白 自由 正直 솔직*',
  code: 'function def console log var let const python javascript terminal shell cat sql select from import class json yaml xml html csv regex api endpoint npm install git docker server',
  craft:
    'essay blog outline table bullet bullets markdown headings tone audience marketing recipe itinerary quiz lesson student customer customers product products project report plan step steps section sections example examples guide template tips ideas analysis',
  format:
    'format formatted formatting structure style length bold italic columns rows field fields label labels tag tags brackets placeholder variable variables schema',
  '-': 'ignores ignored overrides overridden overrode bypasses bypassed forgets overlooks overlooked neglects neglected disregarded disregards precious forgot forged forges rolls ruler rulers promote promoted preview previews reviews shown shows prints instrument construction destruction obstruction instructor instructors systemic distract abstract contest detects directed director directors elective elder presenter outlook overlap neglig* ignorant ignorance detective perspective selling rankings codex responsible responsibl* freelance',
}

/** Words that are recognised with one slip of the pen in them. */
export const slips =
  'above following directions orders rules programming original initial hidden message ignore ignoring disregard forget override bypass previous preceding earlier instruction instructions directives guidelines commands restrictions prompt prompts system reveal repeat display password secret developer pretend unrestricted everything assistant conversation jailbreak respond'
