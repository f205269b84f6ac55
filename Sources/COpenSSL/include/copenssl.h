// OpenSSL 3: TLS and all cryptography. Macros that Swift cannot import stand here as functions.
#pragma once
// The hash functions without EVP are marked as old, yet they alone work without loading a provider (1 MB).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// How a call on a connection ended: what moved, SSL_get_error's verdict, and errno before anything could change it.
struct co_outcome { size_t count; int error; int system; };

static inline void co_begin(void) {
  ERR_clear_error();
  errno = 0;
}
static inline struct co_outcome co_end(const SSL *ssl, int result, size_t count) {
  struct co_outcome outcome = { count, SSL_ERROR_NONE, errno };
  if (result <= 0) outcome.error = SSL_get_error(ssl, result);
  return outcome;
}
static inline struct co_outcome co_handshake(SSL *ssl) {
  co_begin();
  return co_end(ssl, SSL_do_handshake(ssl), 0);
}
static inline struct co_outcome co_read(SSL *ssl, void *memory, size_t length) {
  size_t count = 0;
  co_begin();
  int result = SSL_read_ex(ssl, memory, length, &count);
  return co_end(ssl, result, count);
}
static inline struct co_outcome co_write(SSL *ssl, const void *bytes, size_t length) {
  size_t count = 0;
  co_begin();
  int result = SSL_write_ex(ssl, bytes, length, &count);
  return co_end(ssl, result, count);
}
static inline struct co_outcome co_shutdown(SSL *ssl) {
  co_begin();
  int result = SSL_shutdown(ssl);
  // 0 means: sent, the peer's own is not here yet. Only sending is asked for.
  return co_end(ssl, result == 0 ? 1 : result, 0);
}

// What both sides want of every connection. TLS 1.2 is the floor (RFC 8996); renegotiation and compression are gone
// from TLS 1.3 for good reasons; an idle connection keeps no buffers; one recv brings as many records as there are.
static inline int co_configure(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                                | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
                                   | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_security_level(context, 2);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1
      && SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}
static inline void co_session_cache(SSL_CTX *context, int client) {
  SSL_CTX_set_session_cache_mode(
      context, client ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
}
static inline int co_server_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name) == 1; }
static inline int co_add_chain(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

// Ends a loop over PEM blocks: "no more here" is an entry in the error queue, not a result.
static inline int co_end_of_pem(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}
static inline long co_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

static inline EVP_PKEY *co_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline int co_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const GENERAL_NAME *co_name(const GENERAL_NAMES *names, int index) {
  return sk_GENERAL_NAME_value(names, index);
}

// In a release stands before OpenSSL's own (Docs/decisions/0061), and is called by nobody elsewhere. Whoever asks for one algorithm
// makes OpenSSL look at all of its kind, and each that was left out is an error that would be taken for one of the connection.
extern void *__real_ossl_method_construct(void *, int, void *, int, void *, void *) __attribute__((weak));
static inline void *co_construct(void *library, int operation, void *provider, int keep, void *means, void *data) {
  ERR_set_mark();
  void *method = __real_ossl_method_construct(library, operation, provider, keep, means, data);
  ERR_pop_to_mark();
  return method;
}
