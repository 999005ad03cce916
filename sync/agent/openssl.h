/* openssl.h — OpenSSL's headers beside ours: both have an ERR_STATE, and nobody here needs theirs. */
#ifndef BULU_AGENT_OPENSSL_H
#define BULU_AGENT_OPENSSL_H

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#endif
