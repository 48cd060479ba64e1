// What Swift's importer cannot take from OpenSSL's headers: macros. One-liners only, no state and no decision.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline void co_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}
static inline void co_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE
                                     | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
}
static inline void co_set_version_min(SSL_CTX *context, int version) {
    SSL_CTX_set_min_proto_version(context, version);
}
static inline int co_set_groups(SSL_CTX *context, const char *list) { return SSL_CTX_set1_groups_list(context, (char *)list); }
static inline int co_add_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}
// One line, controls escaped, UTF-8 left as it is.
static inline unsigned long co_name_form(void) { return XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB; }
static inline void co_set_cache_off(SSL_CTX *context) { SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); }
static inline void co_on_server_name(SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *owner) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, owner);
}
static inline int co_application_data_index(void) { return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL); }
static inline int co_bio_type(void) { return BIO_get_new_index() | BIO_TYPE_SOURCE_SINK; }
static inline void co_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void co_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void co_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
// Parameters are a null-ended array that points at everything in it.
static inline int co_set_hmac_sha256(EVP_MAC_CTX *context, const void *key, size_t count) {
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, count),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(context, parameters);
}
static inline int co_common_name(X509 *certificate, char *text, int size) {
    return X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, size);
}
// The index-th DNS name, mail address or URI that a certificate is for: its length, 0 for one of another kind, -1 behind
// the last one.
static inline int co_alternative_name(X509 *certificate, int index, char *text, int size) {
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int count = -1;
    if (index < sk_GENERAL_NAME_num(names)) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        count = 0;
        if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI) {
            count = ASN1_STRING_length(name->d.ia5);
            if (count >= size) count = 0;
            for (int place = 0; place < count; place++) text[place] = (char)ASN1_STRING_get0_data(name->d.ia5)[place];
        }
    }
    GENERAL_NAMES_free(names);
    return count;
}
static inline void co_demand_certificate(SSL_CTX *context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}
static inline int co_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

#endif
