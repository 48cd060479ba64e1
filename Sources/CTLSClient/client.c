#include "CTLSClient.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Each function that is called, with the type that the header gives it.
#define FUNCTIONS(X)                                                                                                   \
    X(TLS_client_method) X(SSL_CTX_new) X(SSL_CTX_free) X(SSL_CTX_ctrl) X(SSL_CTX_set_verify)                          \
    X(SSL_CTX_load_verify_locations) X(SSL_CTX_use_certificate_chain_file) X(SSL_CTX_use_PrivateKey_file)              \
    X(SSL_CTX_check_private_key) X(SSL_new) X(SSL_free) X(SSL_ctrl) X(SSL_set_fd) X(SSL_set1_host) X(SSL_get0_param)   \
    X(SSL_connect) X(SSL_read) X(SSL_write) X(SSL_shutdown) X(SSL_get_error) X(SSL_get_verify_result)                  \
    X(X509_VERIFY_PARAM_set1_ip_asc) X(X509_verify_cert_error_string) X(ERR_get_error) X(ERR_reason_error_string)      \
    X(ERR_clear_error)

#define DECLARE(name) static __typeof__(name) *p_##name;
FUNCTIONS(DECLARE)

struct ct_session {
    SSL_CTX *context;
    SSL *ssl;
};

static int load(char *reason, size_t size) {
    static void *library;
    if (library) return 1;
    void *crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_GLOBAL);
    void *found = crypto ? dlopen("libssl.so.3", RTLD_NOW) : NULL;
    if (!found) {
        snprintf(reason, size, "%s", dlerror());
        return 0;
    }
    // libssl depends on libcrypto: its handle finds the functions of both.
#define FIND(name)                                                                                                     \
    if (!(p_##name = (__typeof__(p_##name))dlsym(found, #name))) {                                                     \
        snprintf(reason, size, "libssl.so.3 has no " #name);                                                           \
        return 0;                                                                                                      \
    }
    FUNCTIONS(FIND)
    library = found;
    return 1;
}

static void tell(const ct_session *session, char *reason, size_t size) {
    long verdict = session && session->ssl ? p_SSL_get_verify_result(session->ssl) : X509_V_OK;
    unsigned long code = p_ERR_get_error();
    const char *text = code ? p_ERR_reason_error_string(code) : NULL;
    if (verdict != X509_V_OK) text = p_X509_verify_cert_error_string(verdict);
    snprintf(reason, size, "%s", text ? text : "the connection was cut");
    p_ERR_clear_error();
}

ct_session *ct_open(int socket, const char *host, const char *certificate, const char *key, const char *authorities,
                    char *reason, size_t size) {
    if (!load(reason, size)) return NULL;
    ct_session *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    SSL_CTX *context = session->context = p_SSL_CTX_new(p_TLS_client_method());
    const char *file = authorities;
    if (!context || p_SSL_CTX_load_verify_locations(context, authorities, NULL) != 1) goto failed;
    file = certificate;
    if (p_SSL_CTX_use_certificate_chain_file(context, certificate) != 1) goto failed;
    file = key;
    if (p_SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) goto failed;
    if (p_SSL_CTX_check_private_key(context) != 1) goto failed;
    file = host;
    p_SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_3_VERSION, NULL);
    p_SSL_CTX_ctrl(context, SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
    p_SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *ssl = session->ssl = p_SSL_new(context);
    if (!ssl) goto failed;
    // A numeric address is checked as one; any other host is a name, which the server is told too.
    if (p_X509_VERIFY_PARAM_set1_ip_asc(p_SSL_get0_param(ssl), host) != 1) {
        p_ERR_clear_error();
        p_SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)host);
        if (p_SSL_set1_host(ssl, host) != 1) goto failed;
    }
    if (p_SSL_set_fd(ssl, socket) != 1) goto failed;
    return session;
failed:
    tell(session, reason, size);
    size_t length = strlen(reason);
    snprintf(reason + length, size - length, ": %s", file);
    ct_close(session);
    return NULL;
}

static long verdict(ct_session *session, int result, char *reason, size_t size) {
    switch (p_SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ: return CT_WANTS_READ;
    case SSL_ERROR_WANT_WRITE: return CT_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN: return CT_END;
    default: tell(session, reason, size); return CT_FAILED;
    }
}

int ct_handshake(ct_session *session, char *reason, size_t size) {
    p_ERR_clear_error();
    int result = p_SSL_connect(session->ssl);
    return result == 1 ? 1 : (int)verdict(session, result, reason, size);
}

long ct_read(ct_session *session, void *bytes, size_t count, char *reason, size_t size) {
    p_ERR_clear_error();
    int result = p_SSL_read(session->ssl, bytes, (int)count);
    return result > 0 ? result : verdict(session, result, reason, size);
}

long ct_write(ct_session *session, const void *bytes, size_t count, char *reason, size_t size) {
    p_ERR_clear_error();
    int result = p_SSL_write(session->ssl, bytes, (int)count);
    return result > 0 ? result : verdict(session, result, reason, size);
}

void ct_close(ct_session *session) {
    if (!session) return;
    if (session->ssl) {
        p_SSL_shutdown(session->ssl);
        p_SSL_free(session->ssl);
    }
    if (session->context) p_SSL_CTX_free(session->context);
    p_ERR_clear_error();
    free(session);
}
