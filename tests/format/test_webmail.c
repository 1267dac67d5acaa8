/* test_webmail.c - SOGo, Horde, Zimbra and other webmails: sign-ins, and what URLs name. */
#include "expect.h"

#define SOGO   "Mar 17 13:05:00 sogod [57]: "
#define ZIMBRA "2026-03-17 13:05:00,762 INFO  [qtp9-1:https:https://m/service/soap/AuthRequest] "
#define HORDE  "Mar 17 13:05:00 HORDE [error] [imp] "
#define PLACE  " [pid 68 on line 139 of \"/usr/share/horde/imp/lib/Auth/imp.php\"]"
#define GOT(url)                                                                                   \
	SOGO "203.0.113.7 \"GET /SOGo/so/ana%40m.example/" url                                     \
	     " HTTP/1.1\" 200 341/0 0.02 - - 2M - 13"

static const struct expected sogo[] = {
    {"a password that is asked for by mail",
     SOGO "SOGoRootPage Password recovery exception for user ana@x : no",
     "user.name=ana@x|"
     "event.action=web-error|event.outcome=failure"},
    {"out by the identity provider", SOGO "SAML2 IdP-initiated SLO for user 'ana'",
     "event.action=logout|user.name=ana"},
    {"refused",
     SOGO "SOGoRootPage Login from '203.0.113.7' for user 'ana' might not have worked - password "
	  "policy: 65535  grace: -1",
     "event.module=sogo|event.action=login|event.outcome=failure|source.ip=203.0.113.7|user.name="
     "ana|process.name=sogod|"
     "process.pid=57|!host.name|network.protocol=http|@timestamp=2026-03-17T13:05:00.000Z"},
    {"let in",
     SOGO
     "SOGoRootPage successful login from '203.0.113.7' for user 'ana' - expire = -1  grace = -1",
     "event.action=login|event.outcome=success|user.name=ana|source.ip=203.0.113.7"},
    {"behind a proxy",
     SOGO
     "SOGoRootPage Login from '203.0.113.7, 10.0.0.1' for user 'ana' might not have worked - x",
     "source.ip=203.0.113.7"},
    {"a name that imitates a request",
     SOGO "SOGoRootPage Login from '203.0.113.7' for user ', 192.0.2.6, \"GET / HTTP/1.1\" 200 1 ' "
	  "might not have worked - password policy: 65535  grace: -1  expire: -1  bound: 0",
     "event.action=login|event.outcome=failure|source.ip=203.0.113.7"},
    {"a name that imitates",
     SOGO "SOGoRootPage Login from '203.0.113.7' for user 'x' might not have worked - a' for user "
	  "'b' might not have worked - x",
     "source.ip=203.0.113.7|user.name=x' might not have worked - a' for user 'b"},
    {"behind syslog",
     "Mar 17 13:05:00 c1fc66 sogod [50]: [ERROR] <0x0x55[WOWatchDog]> No child available",
     "event.module=sogo|host.name=c1fc66|event.action=warning|process.pid=50"},
    {"what it does", SOGO "<0x0x55[WOWatchDog]> child spawned with pid 154",
     "event.module=sogo|event.action=daemon-start|process.pid=57"},
    {"what no table has",
     SOGO "<0x0x55[SoHTTPAuthenticator]> tried unknown authentication method: discard",
     "event.module=sogo|event.action=message"},
    {"signed off", SOGO "SOGoUserHomePage user 'ana@m.example' logged off",
     "event.action=logout|user.name=ana@m.example"},
    {"second factor", SOGO "SOGoRootPage Invalid TOTP key for 'ana'",
     "event.action=auth-check|event.outcome=failure|user.name=ana"},
    {"message", GOT("Mail/0/folderINBOX/330/view"),
     "event.action=http-request|mail.folder=INBOX|mail.uid=330|webmail.task=mail|webmail.action="
     "show|user.name=ana@m.example|"
     "webmail.named=1|!mail.part|!webmail.download|http.response.body.bytes=341|source.ip=203.0."
     "113.7"},
    {"attachment", GOT("Mail/0/folderINBOX/330/2/6/asAttachment/a%20b.pdf"),
     "mail.uid=330|mail.part=2.6|webmail.action=get|webmail.download=1"},
    {"part shown", GOT("Mail/0/folderINBOX/330/2/photo.jpg"),
     "mail.part=2|webmail.action=get|!webmail.download"},
    {"source", GOT("Mail/0/folderINBOX/330/viewsource"),
     "webmail.action=viewsource|!webmail.download"},
    {"saved whole", GOT("Mail/0/folderINBOX/330/export"),
     "webmail.action=viewsource|webmail.download=1"},
    {"folder below, escaped", GOT("Mail/0/folderINBOX/folder_2026_SP_a_AM_b_D_c/7/view"),
     "mail.folder=INBOX/2026 a&b.c|mail.uid=7"},
    {"folder beyond ASCII", GOT("Mail/0/folder%C3%89t%C3%A9/7/view"),
     "mail.folder=\xc3\x89t\xc3\xa9"},
    {"another account of his", GOT("Mail/1/folderINBOX/7/view"), "mail.folder=account 1:INBOX"},
    {"list", GOT("Mail/0/folderINBOX/view"), "webmail.action=list|!mail.uid|mail.folder=INBOX"},
    {"address book", GOT("Contacts/personal/export"),
     "webmail.task=addressbook|webmail.action=export|!mail.folder"},
    {"page itself", GOT("Mail/view"), "!mail.uid|webmail.task=mail"},
    {"a message of one part, its link without a part",
     GOT("Mail/0/folderINBOX/2/Sans%20titre-1.txt"), "mail.uid=2|webmail.action=get|!mail.part"},
    {"without what a browser makes of it", GOT("Mail/0/folderINBOX/4/viewRaw"),
     "mail.uid=4|webmail.action=show"},
    {"all attachments in one archive", GOT("Mail/0/folderINBOX/4/archiveAttachments"),
     "mail.uid=4|webmail.action=archiveAttachments|webmail.download=1|!mail.part"},
    {"a folder in one archive", GOT("Mail/0/folderINBOX/exportFolder"),
     "mail.folder=INBOX|webmail.action=exportFolder|webmail.download=1|!mail.uid"},
    {"a phone that syncs",
     SOGO "203.0.113.7 \"POST /SOGo/Microsoft-Server-ActiveSync?Cmd=Sync&User=ana&DeviceId=A1&"
	  "DeviceType=iPhone HTTP/1.0\" 200 3456/120 0.3",
     "webmail.task=activesync|webmail.action=Sync|!user.name"},
    {"the proxy before it",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"POST "
     "/Microsoft-Server-ActiveSync?Cmd=Sync&User=ana HTTP/2.0\" 200 7 \"-\" \"M\"",
     "event.module=nginx|webmail.task=activesync|webmail.action=Sync|!user.name"},
    {"of which sogod counts no bytes",
     SOGO "203.0.113.7 \"GET /SOGo/so/ana/Mail/0/folderINBOX/exportFolder HTTP/1.0\" 200 0/0 0.1",
     "webmail.action=exportFolder|event.outcome=success|!http.response.body.bytes"},
    {"nothing was handed over",
     SOGO "203.0.113.7 \"GET /SOGo/so/ana/Mail/0/folderINBOX/9/viewsource HTTP/1.0\" 200 0/0 0.1",
     "webmail.action=viewsource|http.response.body.bytes=0"},
    {"a draft is sent", GOT("Mail/0/folderDrafts/newDraft1772427632-1/send"),
     "mail.folder=Drafts|webmail.action=send|!mail.uid"},
    {"a draft is begun", GOT("Mail/0/folderDrafts/newDraft1772427632-1/edit"),
     "webmail.action=edit|!mail.uid"},
    {"preferences are saved", GOT("Preferences/save"), "webmail.task=settings|webmail.action=save"},
    {"a user's name in cipher names nobody",
     SOGO
     "203.0.113.7 \"GET /SOGo/so/Qm9uam91ciBsZSBtb25kZQ--/Mail/0/folderINBOX/3/view HTTP/1.1\" "
     "200 34/0 0.1 - - 0",
     "mail.uid=3|webmail.action=show|!user.name|!webmail.named"},
    {"GNUstep's own log", "2026-03-17 13:05:00.251 sogod[181:183] SMTP: STARTTLS succeeded",
     "event.module=sogo|event.action=message|process.name=sogod|process.pid=181|!host.name"},
    {"refused page",
     SOGO "203.0.113.7 \"GET /SOGo/so/ben/Mail/0/folderINBOX/3/view HTTP/1.1\" 403 34/0 0.1 - - 0",
     "event.outcome=failure|http.response.status_code=403"},
    {"quote in the target",
     SOGO "203.0.113.7 \"GET /SOGo/x\" 200 9/9 \"y HTTP/1.1\" 404 34/0 0.1 - - 0",
     "http.response.status_code=404|source.ip=203.0.113.7"},
    {"access log of its own",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 GMT] \"POST /SOGo/connect HTTP/1.1\" 403 34/38 0.311 - "
     "- 2M",
     "event.module=sogo|event.outcome=failure|webmail.task=login|source.ip=203.0.113.7"},
    {"nginx before it",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET /SOGo/so/ana/Mail/0/folderINBOX/330/view "
     "HTTP/2.0\" 200 7 \"-\" \"M\"",
     "event.module=nginx|mail.uid=330|user.name=ana|webmail.named=1"},
    {"who signed in at the web server is not whose mail it is",
     "203.0.113.7 - bob [17/Mar/2026:13:05:00 +0000] \"GET "
     "/SOGo/so/ana/Mail/0/folderINBOX/330/view HTTP/2.0\" 200 7 \"-\" \"M\"",
     "user.name=bob|!webmail.named"},
};

static const struct expected zimbra[] = {
    {"a semicolon in a name is written twice",
     "2026-03-17 13:05:00,123 WARN  [q] [oip=192.0.2.1;ua=c;] security - cmd=Auth; "
     "account=a;; account=ana; protocol=imap; error=no;",
     "event.outcome=failure|user.name=a;; account=ana|source.ip=192.0.2.1"},
    {"a mailbox taken over by an administrator",
     "2026-03-17 13:05:00,123 INFO  [q] [name=adm@x;oip=192.0.2.1;ua=c;] security - "
     "cmd=DelegateAuth; accountId=1-2; accountName=ana@x;",
     "user.name=adm@x|user.effective.name=ana@x"},
    {"a password that another set",
     "2026-03-17 13:05:00,123 INFO  [q] [name=adm@x;oip=192.0.2.1;ua=c;] security - "
     "cmd=SetPassword; name=ana@x;",
     "event.action=password-change|event.outcome=success|user.name=ana@x"},
    {"a name in brackets",
     "2026-03-17 13:05:00,123 INFO  [q] [oip=192.0.2.1;ua=c;] account - "
     "authentication failed for [ana], no (no such account)",
     "event.action=login|event.outcome=failure|user.name=[ana], no|source.ip=192.0.2.1"},
    {"nobody of that name",
     "2026-03-17 13:05:00,123 INFO  [q] [oip=192.0.2.1;ua=c;] account - authentication failed for "
     "ana (no such account)",
     "event.action=login|event.outcome=failure|user.name=ana|source.ip=192.0.2.1"},
    {"let in",
     ZIMBRA "[name=ana@m.example;oip=203.0.113.7;ua=zclient/9.0;] security - cmd=Auth; "
	    "account=ana@m.example; protocol=soap;",
     "event.module=zimbra|event.action=login|event.outcome=success|user.name=ana@m.example|source."
     "ip=203.0.113.7|"
     "network.protocol=http|user_agent.original=zclient/"
     "9.0|@timestamp=2026-03-17T13:05:00.762Z|!host.name"},
    {"refused",
     ZIMBRA "[oip=203.0.113.7;ua=x;] security - cmd=Auth; account=ana@m.example; protocol=soap; "
	    "error=authentication failed for [ana], invalid password;",
     "event.outcome=failure|user.name=ana@m.example|event.reason=authentication failed for [ana], "
     "invalid password"},
    {"refused, mailbox.log",
     ZIMBRA "[oip=203.0.113.7;oproto=smtp;soapId=6;] SoapEngine - handler exception: "
	    "authentication failed for [a.b], account not found",
     "event.action=login|event.outcome=failure|user.name=a.b|network.protocol=smtp"},
    {"a browser that imitates the context",
     ZIMBRA "[oip=203.0.113.7;ua=x;oip=198.51.100.9;name=ben] security - y;] security - cmd=Auth; "
	    "account=ana; protocol=soap;",
     "source.ip=203.0.113.7|user.name=ana"},
    {"a browser that imitates alone",
     ZIMBRA "[ua=x;oip=198.51.100.9;] security - cmd=Auth; account=ana; protocol=soap;",
     "!source.ip|user.name=ana"},
    {"IMAP",
     "2026-03-17 13:05:00,001 INFO  [ImapServer-3] [ip=172.16.0.3;oip=203.0.113.7;via=1;] imap - "
     "user ana@m.example authenticated, mechanism=PLAIN [TLS]",
     "event.action=login|network.protocol=imap|source.ip=203.0.113.7|user.name=ana@m.example"},
    {"peer alone",
     "2026-03-17 13:05:00,001 INFO  [Pop3Server-1] [ip=203.0.113.7;] security - cmd=Auth; "
     "account=a@b; protocol=pop3;",
     "source.ip=203.0.113.7|network.protocol=pop3"},
    {"an administrator for another",
     ZIMBRA
     "[name=adm@m;oip=203.0.113.7;] security - cmd=DelegateAuth; accountId=7; account=ana@m;",
     "user.name=adm@m|user.effective.name=ana@m"},
    {"a request", ZIMBRA "[name=ana@m;oip=203.0.113.7;] soap - GetMsgRequest elapsed=3",
     "event.action=message|webmail.action=show|user.name=ana@m"},
    {"attachment, in an access line",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/service/home/~/?auth=co&id=330&part=2.1&disp=a HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.task=mail|webmail.action=get|mail.part=2.1|webmail.download=1|!mail.uid"},
    {"a mailbox whole",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET /home/ana/Inbox?fmt=tgz HTTP/1.1\" 200 9 "
     "\"-\" \"M\"",
     "webmail.action=export|webmail.download=1|!mail.part"},
    {"a browser that imitates the message",
     ZIMBRA "[oip=203.0.113.7;ua=x;] security - cmd=Auth; account=ben; protocol=soap;] security - "
	    "cmd=Auth; account=ana; protocol=soap; error=no;",
     "user.name=ana|event.outcome=failure"},
    {"a name that imitates a sign-in",
     ZIMBRA "[oip=203.0.113.7;] SoapEngine - handler exception: authentication failed for "
	    "[x;] imap - user ben authenticated, mechanism=PLAIN], account not found",
     "!event.outcome|!user.name|source.ip=203.0.113.7"},
    {"of no account", "2026-03-17 13:05:00,001 WARN  [main] [] misc - low on memory",
     "event.module=zimbra|event.action=message|!user.name|!source.ip"},
};

static const struct expected others[] = {
    {"Horde, a report of a problem", HORDE "192.0.2.1 Message sent to b@y from ana" PLACE,
     "event.action=mail-sent|source.ip=192.0.2.1|user.name=ana|email.to.address=b@y"},
    {"Horde by another name",
     "Mar 17 13:05:00 m horde3[9]: [imp] Login success for ana [203.0.113.7] to {mx:143} [on line "
     "1 of \"x\"]",
     "event.module=horde|event.outcome=success|user.name=ana|source.ip=203.0.113.7"},
    {"IMP 2", "Mar 17 13:05:00 m IMP[9]: Login 203.0.113.7 to mx:143 as ana",
     "event.module=horde|event.outcome=success|user.name=ana|source.ip=203.0.113.7"},
    {"Horde, old",
     HORDE "FAILED LOGIN for ana@m.example [203.0.113.7] to {mx:993 [imap/ssl]}" PLACE,
     "event.module=horde|event.action=login|event.outcome=failure|user.name=ana@m.example|source."
     "ip=203.0.113.7"},
    {"Horde, new",
     "2026-03-17T13:05:00+00:00 NOTICE: HORDE [imp] Login success for ana (203.0.113.7) to "
     "{imap://localhost/}" PLACE,
     "event.outcome=success|user.name=ana|source.ip=203.0.113.7|@timestamp=2026-03-17T13:05:00."
     "000Z"},
    {"Horde, a name that imitates",
     HORDE "FAILED LOGIN for x [198.51.100.9] to {y} [203.0.113.7] to {mx}" PLACE,
     "source.ip=203.0.113.7|user.name=x [198.51.100.9] to {y}"},
    {"Horde, a header handed on",
     HORDE "FAILED LOGIN for ana (203.0.113.7) (forwarded for [198.51.100.9]) to {mx}" PLACE,
     "source.ip=203.0.113.7|user.name=ana"},
    {"Horde, its own sign-in", HORDE "Login success for ana to horde (203.0.113.7)" PLACE,
     "event.outcome=success|source.ip=203.0.113.7|user.name=ana"},
    {"Horde by syslog",
     "Mar 17 13:05:00 w HORDE: [horde] User ana logged out of Horde (203.0.113.7)" PLACE,
     "event.action=logout|user.name=ana|host.name=w"},
    {"IMP, two names", HORDE "Login success for ana@m (Horde user ana) (203.0.113.7) to {mx}" PLACE,
     "user.name=ana@m|source.ip=203.0.113.7"},
    {"IMP, attachment",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/services/download/?app=imp&actionID=download_attach&id=2&muid=%7B5%7DINBOX37&fn=/"
     "a.pdf HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.task=mail|webmail.action=get|mail.uid=37|mail.folder=INBOX|mail.part=2|webmail."
     "download=1"},
    {"IMP, message",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/imp/basic.php?page=message&buid=37&mailbox=SU5CT1g HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=show|mail.uid=37|mail.folder=INBOX|!mail.part|!webmail.download"},
    {"IMP, dynamic view: by POST, no name",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"POST "
     "/horde/services/ajax.php/imp/showMessage HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.task=mail|webmail.action=show|webmail.unnamed=1|!mail.uid|!mail.folder"},
    {"IMP, dynamic view: a list hands over nothing",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"POST "
     "/horde/services/ajax.php/imp/viewPort HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.task=mail|webmail.action=list|!webmail.unnamed"},
    {"IMP, dynamic view: another application's call",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"POST "
     "/horde/services/ajax.php/horde/topbarUpdate HTTP/1.1\" 200 9 \"-\" \"M\"",
     "!webmail.task|!webmail.action"},
    {"IMP, a window of its own",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/imp/dynamic.php?page=message&mailbox=SU5CT1g&buid=37 HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=show|mail.uid=37|mail.folder=INBOX|!webmail.unnamed"},
    {"IMP, forwarded",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/imp/dynamic.php?page=compose&type=forward_attach&mailbox=SU5CT1g&buid=37 HTTP/1.1\" "
     "200 9 \"-\" \"M\"",
     "webmail.action=compose|mail.uid=37|mail.folder=INBOX"},
    {"IMP, the source by mailbox and number",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/imp/view.php?actionID=view_source&buid=37&id=0&mailbox=U2VudA HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=viewsource|mail.uid=37|mail.folder=Sent|!mail.part"},
    {"IMP, a message saved",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/services/download/?app=imp&actionID=save_message&mailbox=SU5CT1g&buid=37&fn=/x "
     "HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=viewsource|mail.uid=37|mail.folder=INBOX|webmail.download=1"},
    {"IMP, all attachments of a message",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/services/download/?app=imp&actionID=download_all&id=0&muid=%7B5%7DINBOX37&fn=/x.zip "
     "HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=archiveAttachments|mail.uid=37|!mail.part"},
    {"IMP, a folder whole",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/services/download/?app=imp&actionID=download_mbox&mbox_list=%5B%22U2VudA%22%5D&type="
     "mbox&fn=/ HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=exportFolder|mail.folder=Sent|webmail.download=1|!mail.uid"},
    {"IMP, two folders: none is named",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/services/download/?app=imp&actionID=download_mbox&mbox_list=%5B%22U2VudA%22%2C%22SU5"
     "CT1g%22%5D&type=mbox&fn=/ HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=exportFolder|!mail.folder"},
    {"IMP 4, message by index",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/imp/message.php?mailbox=INBOX&index=37 HTTP/1.1\" 200 9 \"-\" \"M\"",
     "webmail.action=show|mail.uid=37|mail.folder=INBOX"},
    {"Turba, the address book",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/services/download/?app=turba&actionID=export&exportID=100&fn=/c.csv HTTP/1.1\" 200 9 "
     "\"-\" \"M\"",
     "webmail.task=addressbook|webmail.action=export"},
    {"Horde, the sign-in's page",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"POST /horde/login.php HTTP/1.1\" 302 9 \"-\" "
     "\"M\"",
     "webmail.task=login|!webmail.action"},
    {"Horde, what PHP says",
     "Mar 17 13:05:00 w HORDE: [imp] PHP ERROR: Undefined array key \"image\" [pid 7 on line 21 of "
     "\"/x.php\"]",
     "event.action=web-error|event.module=horde|!user.name"},
    {"IMP, a redirect",
     "Mar 17 13:05:00 w HORDE: [imp] 203.0.113.7 Redirected message sent to b@x.example from "
     "ana@m.example [pid 7 on line 2 of \"/x.php\"]",
     "event.action=mail-sent|source.ip=203.0.113.7|user.name=ana@m.example|email.to.address=b@x."
     "example"},
    {"IMP, a search has numbers of its own",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/horde/imp/basic.php?page=message&buid=37&mailbox=aW1wc2VhcmNoAGE HTTP/1.1\" 200 9 \"-\" "
     "\"M\"",
     "!mail.uid|!webmail.task"},
    {"IMP, a length that lies",
     "203.0.113.7 - - [17/Mar/2026:13:05:00 +0000] \"GET "
     "/imp/view.php?actionID=view_source&muid={99999999999}INBOX37 HTTP/1.1\" 200 9",
     "!mail.uid|!webmail.task"},
    {"SquirrelMail",
     "03/17/2026 13:05:00 [LOGIN_ERROR] ana (m.example) from 203.0.113.7: Unknown user or password "
     "incorrect.",
     "event.module=squirrelmail|event.outcome=failure|user.name=ana|source.ip=203.0.113.7|@"
     "timestamp=2026-03-17T13:05:00.000Z"},
    {"SquirrelMail, day first", "17/03/2026 13:05:00 [LOGIN] ana (m.example) from 203.0.113.7: ",
     "event.outcome=success|@timestamp=2026-03-17T13:05:00.000Z"},
    {"SnappyMail",
     "[2026-03-17 13:05:00] Auth failed: ip=203.0.113.7 user=ana host=imap.m port=993",
     "event.module=snappymail|event.outcome=failure|user.name=ana|source.ip=203.0.113.7"},
    {"OpenWebMail",
     "Tue Mar 17 13:05:00 2026 - [729] (203.0.113.7) ana - login error - no such user - "
     "loginname=ana",
     "event.module=openwebmail|event.outcome=failure|user.name=ana|source.ip=203.0.113.7|@"
     "timestamp=2026-03-17T13:05:00.000Z"},
    {"Nextcloud",
     "{\"reqId\":\"a\",\"level\":2,\"time\":\"2026-03-17T13:05:00+00:00\",\"remoteAddr\":\"2001:"
     "db8::7\",\"user\":\"--\","
     "\"app\":\"core\",\"method\":\"POST\",\"url\":\"/login\",\"message\":\"Login failed: x "
     "(Remote IP: 198.51.100.9) (Remote IP: 2001:db8::7)\",\"userAgent\":\"M\"}",
     "event.module=nextcloud|event.outcome=failure|source.ip=2001:db8::7|user.name=x (Remote IP: "
     "198.51.100.9)|user_agent.original=M"},
    {"Nextcloud by syslog",
     "Sep  1 20:16:09 h Nextcloud[1]: {core} Login failed: 'a' (Remote IP: '6.6.6.6')' (Remote IP: "
     "'192.0.2.7')",
     "event.module=nextcloud|event.outcome=failure|source.ip=192.0.2.7"},
    {"Nextcloud, cut",
     "{\"reqId\":\"a\",\"level\":2,\"time\":\"2026-03-17T13:05:00+00:00\",\"remoteAddr\":\"203.0."
     "113.7\",\"mess",
     "BROKEN|source.ip=203.0.113.7"},
    {"Baikal",
     "[Tue Mar 17 13:05:00.428126 2026] [proxy_fcgi:error] [pid 7:tid 9] [client "
     "203.0.113.7:55309] AH01071: Got error 'PHP message: user ana authentication failure for "
     "Baikal'",
     "event.module=baikal|event.action=login|event.outcome=failure|user.name=ana|source.ip=203.0."
     "113.7"},
    {"Group-Office",
     "[2026-03-17 13:05:00]LOGIN FAILED for user: \"a\" from IP: 198.51.100.9\" from IP: "
     "203.0.113.7",
     "event.module=groupoffice|source.ip=203.0.113.7|user.name=a\" from IP: "
     "198.51.100.9|event.outcome=failure"},
    {"Tine",
     "8e035 ffff3 -- none -- - 2026-03-17T13:05:00+00:00 WARN (4): Tinebase_Controller::login::106 "
     "Login with username ana from 203.0.113.7 failed (-3)!",
     "event.module=tine20|event.outcome=failure|user.name=ana|source.ip=203.0.113.7"},
};

static void test_sogo(void **state)
{
	expect_all(sogo, sizeof sogo / sizeof *sogo);
}

static void test_zimbra(void **state)
{
	expect_all(zimbra, sizeof zimbra / sizeof *zimbra);
}

static void test_others(void **state)
{
	expect_all(others, sizeof others / sizeof *others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sogo),
					   cmocka_unit_test(test_zimbra),
					   cmocka_unit_test(test_others)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
