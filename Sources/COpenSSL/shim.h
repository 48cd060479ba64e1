// What Swift's importer cannot take from OpenSSL's headers: macros. One-liners only, no state and no decision.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
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
static inline unsigned long co_name_flags(void) { return XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB; }
static inline long co_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
static inline void co_free_names(void *names) { GENERAL_NAMES_free((GENERAL_NAMES *)names); }
static inline int co_name_count(void *names) { return sk_GENERAL_NAME_num((GENERAL_NAMES *)names); }
static inline int co_name_at(void *names, int index, const unsigned char **bytes, int *count) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value((GENERAL_NAMES *)names, index);
    if (name->type != GEN_DNS && name->type != GEN_EMAIL && name->type != GEN_URI && name->type != GEN_IPADD) return -1;
    // All four are strings in the same place.
    *bytes = ASN1_STRING_get0_data(name->d.ia5);
    *count = ASN1_STRING_length(name->d.ia5);
    return name->type;
}
static inline void co_on_status(SSL_CTX *context, int (*callback)(SSL *, void *)) {
    SSL_CTX_set_tlsext_status_cb(context, callback);
}
// The library frees the copy.
static inline int co_staple(SSL *session, const unsigned char *bytes, size_t count) {
    unsigned char *copy = (unsigned char *)OPENSSL_malloc(count);
    if (copy == NULL) return 0;
    memcpy(copy, bytes, count);
    return (int)SSL_set_tlsext_status_ocsp_resp(session, copy, (long)count);
}
// RFC 6960, 4.2.2.2: signed by the issuer, or by one that the issuer made its responder.
static inline int co_staple_is_signed(OCSP_BASICRESP *basic, X509 *issuer) {
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *signers = sk_X509_new_null();
    int is_signed = store != NULL && signers != NULL && sk_X509_push(signers, issuer) > 0
        && X509_STORE_add_cert(store, issuer) == 1 && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1
        && OCSP_basic_verify(basic, signers, store, OCSP_TRUSTOTHER) == 1;
    sk_X509_free(signers);
    X509_STORE_free(store);
    return is_signed;
}
// Whether an answer of OCSP is good for a certificate now: 0 yes, 1 no such answer, 2 another certificate's, 3 out of
// time, 4 not good, 5 unknown issuer, 6 not signed for it. A staple that clients refuse is worse than none.
// `end`: seconds after the epoch at which its time is over, far away where it does not say.
static inline int co_check_staple(const unsigned char *bytes, size_t count, X509 *certificate, X509 *issuer, long long *end) {
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &bytes, (long)count);
    if (response == NULL || OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        OCSP_RESPONSE_free(response);
        return 1;
    }
    int verdict = 1, status = -1, reason = 0;
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, certificate, issuer);
    if (id == NULL || X509_check_issued(issuer, certificate) != X509_V_OK) verdict = 5;
    else if (basic == NULL) verdict = 1;
    else if (OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &from, &until) != 1) verdict = 2;
    else if (OCSP_check_validity(from, until, 300, -1) != 1) verdict = 3;
    else if (!co_staple_is_signed(basic, issuer)) verdict = 6;
    else verdict = status == V_OCSP_CERTSTATUS_GOOD ? 0 : 4;
    struct tm parts;
    *end = until != NULL && ASN1_TIME_to_tm(until, &parts) == 1 ? (long long)timegm(&parts) : LLONG_MAX;
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return verdict;
}
static inline EVP_PKEY *co_new_key(void) { return EVP_EC_gen("P-256"); }
static inline int co_add_extension(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}
// RFC 5280, 4.1: version 3, a random serial number, valid from now on.
static inline int co_fill_certificate(X509 *certificate, EVP_PKEY *key, const char *common, const char *names, int days) {
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return 0;
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    X509_NAME *subject = X509_get_subject_name(certificate);
    int done = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL
        && X509_set_version(certificate, 2) == 1
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -60) != NULL
        && X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, NULL) != NULL
        && X509_set_pubkey(certificate, key) == 1
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1, -1, 0) == 1
        && X509_set_issuer_name(certificate, subject) == 1
        && co_add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE")
        && co_add_extension(certificate, NID_subject_key_identifier, "hash")
        && co_add_extension(certificate, NID_ext_key_usage, "serverAuth")
        && co_add_extension(certificate, NID_subject_alt_name, names)
        && X509_sign(certificate, key, EVP_sha256()) > 0;
    BN_free(number);
    return done;
}
// The text, to be freed with free(3); NULL where there is no memory.
static inline char *co_take_text(BIO *bio) {
    char *bytes = NULL;
    long count = BIO_get_mem_data(bio, &bytes);
    char *text = (char *)calloc(1, (size_t)count + 1);
    if (text != NULL) memcpy(text, bytes, (size_t)count);
    BIO_free(bio);
    return text;
}
static inline char *co_pem_certificate(X509 *certificate) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL && PEM_write_bio_X509(bio, certificate) == 1) return co_take_text(bio);
    BIO_free(bio);
    return NULL;
}
static inline char *co_pem_key(EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_secmem());
    if (bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) return co_take_text(bio);
    BIO_free(bio);
    return NULL;
}

#endif
