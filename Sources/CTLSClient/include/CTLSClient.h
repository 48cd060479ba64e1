// TLS for the command line, with the library loaded when it is first needed: linked, it would cost every start of
// poolctl as much as all the rest of it. The functions are OpenSSL's own under our names; nothing is decided here.
#ifndef CTLSCLIENT_H
#define CTLSCLIENT_H

#include <stddef.h>

typedef struct ct_session ct_session;

// What the calls below return instead of a count.
enum { CT_END = 0, CT_WANTS_READ = -1, CT_WANTS_WRITE = -2, CT_FAILED = -3 };

// A client's session over a connected socket, which stays the caller's: TLS 1.3, the server's certificate checked for
// the host (a name or a numeric address) against the authorities of a file, our own certificate shown. NULL on failure,
// with the reason in the text.
ct_session *ct_open(int socket, const char *host, const char *certificate, const char *key, const char *authorities,
                    char *reason, size_t size);
// 1 when it is over.
int ct_handshake(ct_session *session, char *reason, size_t size);
long ct_read(ct_session *session, void *bytes, size_t count, char *reason, size_t size);
long ct_write(ct_session *session, const void *bytes, size_t count, char *reason, size_t size);
void ct_close(ct_session *session);

#endif
